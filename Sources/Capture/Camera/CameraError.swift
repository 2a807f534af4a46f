public enum CameraError: Error, Equatable, Sendable {
  /// None of these nodes is a camera; empty where there is no `/dev/video*` at all.
  case noDevice(tried: [String])
  /// No camera answers to `--device`; these are there.
  case notFound(selector: String, cameras: [String])
  /// A metadata node, an output device, or something that is no video device.
  case notACaptureDevice(device: String)
  case noPermission(device: String)
  /// Another program has it.
  case busy(device: String)
  /// A system call that has to work did not; `call` such as `VIDIOC_STREAMON`.
  case refused(device: String, call: String, errno: Int32)
  /// No format that we can decode.
  case noUsableFormat(device: String, offered: [String])
  /// `--strict`: such as "1280x720@60 MJPG" and "640x480@30 YUYV".
  case formatRefused(device: String, asked: String, got: String)
  /// Gone, or silent, and not back within the time to reconnect.
  case lost(device: String, afterSeconds: Double)
}
