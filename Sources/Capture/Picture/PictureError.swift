public enum PictureError: Error, Equatable {
  /// The system does not let us read it.
  case unreadable(path: String, errno: Int32)
  /// A folder, a device, a pipe.
  case notAFile(path: String)
  /// No picture, or of a format that libavcodec does not know.
  case unknownFormat(path: String)
  /// A WebP file of several pictures, which FFmpeg before 8 does not decode.
  case animatedWebP(path: String)
  /// `reason` in the words of libjpeg or libpng.
  case damaged(path: String, reason: String)
  /// More pixels, or a longer file, than we take.
  case tooLarge(path: String)
}
