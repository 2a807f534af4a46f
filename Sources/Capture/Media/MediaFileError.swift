/// Why a file gives no pictures, or no sound.
public enum MediaFileError: Error, Equatable {
  /// The system does not let us read it.
  case unreadable(path: String, errno: Int32)
  /// A folder, a device, a socket.
  case notAFile(path: String)
  /// Standard input was asked for, and it is a terminal.
  case terminal
  /// libavformat finds no container that it knows; `reason` in its words.
  case unknownFormat(path: String, reason: String)
  /// A playlist, which would open other files, or a container that is not read.
  case nested(path: String)
  case noPictures(path: String)
  case noSound(path: String)
  /// Of a pipe only one reader can be served, and that is the pictures'.
  case picturesOnly(path: String)
  case noDecoder(path: String, codec: String)
  /// Wider or higher than we take.
  case tooLarge(path: String, width: Int, height: Int)
  /// The end of the file came without one picture, or one sample; so many packets were damaged.
  case nothingDecoded(path: String, damaged: Int)
}
