public enum CameraError: Error, Equatable, Sendable {
  /// None of these nodes is a camera; empty if there is no `/dev/video*` at all.
  case noDevice(tried: [String])
  /// No camera matches `--device`; lists those that exist.
  case notFound(selector: String, cameras: [String])
  /// A metadata node, an output device, or not a video device at all.
  case notACaptureDevice(device: String)
  case noPermission(device: String)
  /// Another program is using it.
  case busy(device: String)
  /// A required system call failed; `call` is its name, such as `VIDIOC_STREAMON`.
  case refused(device: String, call: String, errno: Int32)
  /// It offers no format that can be decoded.
  case noUsableFormat(device: String, offered: [String])
  /// With `--strict`: for example "1280x720@60 MJPG" and "640x480@30 YUYV".
  case formatRefused(device: String, asked: String, got: String)
  /// Disconnected or silent, and not back within the reconnect time.
  case lost(device: String, afterSeconds: Double)
  /// A network camera cannot be opened.
  case unreachable(address: String, StreamTrouble)
  /// The address delivers something other than a stream of pictures.
  case notAStream(address: String, MediaFileError)
  /// The address is that of a video file.
  case isAFile(address: String)
}

/// Why a network camera cannot be opened.
public enum StreamTrouble: Error, Equatable, Sendable {
  case unknownHost(String)
  case noAnswer
  case refused(errno: Int32)
  /// It wants a user name and password, or refuses the ones given.
  case login(isGiven: Bool)
  /// It has no stream of this name.
  case notFound
  /// libavformat's message.
  case other(String)
}
