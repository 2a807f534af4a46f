public enum MicrophoneError: Error, Equatable, Sendable {
  /// There is no PCM of this name, or no device that it stands for.
  case notFound(device: String)
  /// Another program has it.
  case busy(device: String)
  case noPermission(device: String)
  /// Neither 16- or 32-bit integers nor floats.
  case noUsableFormat(device: String)
  /// A call that has to work did not; `call` such as `snd_pcm_start`.
  case refused(device: String, call: String, errno: Int32)
}
