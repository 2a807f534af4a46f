/// Why a file yields no pictures or no sound.
public enum MediaFileError: Error, Equatable {
  /// The system refuses to read it.
  case unreadable(path: String, errno: Int32)
  /// A directory, a device or a socket.
  case notAFile(path: String)
  /// Standard input was requested, but is a terminal.
  case terminal
  /// libavformat does not recognize the container; `reason` is its message.
  case unknownFormat(path: String, reason: String)
  /// A playlist, which would open other files, or an unsupported container.
  case nested(path: String)
  case noPictures(path: String)
  case noSound(path: String)
  /// A pipe supports only one reader, and the pictures need it.
  case picturesOnly(path: String)
  case noDecoder(path: String, codec: String)
  /// Larger than the maximum size.
  case tooLarge(path: String, width: Int, height: Int)
  /// The file ended without a single picture or sample; `damaged` is the number of damaged packets.
  case nothingDecoded(path: String, damaged: Int)
}
