public enum MicrophoneError: Error, Equatable, Sendable {
  /// There is no PCM of this name, or no device that it stands for.
  case notFound(device: String)
  /// Another program is using it.
  case busy(device: String)
  case noPermission(device: String)
  /// It supports neither 16-bit nor 32-bit integers nor floats.
  case noUsableFormat(device: String)
  /// A required call failed; `call` is its name, such as `snd_pcm_start`.
  case refused(device: String, call: String, errno: Int32)
}
