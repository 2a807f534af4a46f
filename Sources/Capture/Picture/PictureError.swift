public enum PictureError: Error, Equatable {
  /// The system refuses to read it.
  case unreadable(path: String, errno: Int32)
  /// A directory, a device or a pipe.
  case notAFile(path: String)
  /// Not an image, or in a format that libavcodec does not support.
  case unknownFormat(path: String)
  /// A WebP file with several pictures, which FFmpeg before 8 does not decode.
  case animatedWebP(path: String)
  /// `reason`: the message of libjpeg or libpng.
  case damaged(path: String, reason: String)
  /// Exceeds the maximum number of pixels or file size.
  case tooLarge(path: String)
}
