/// What a sound comes from, before it becomes 16 kHz mono.
public struct SoundFormat: Equatable, Sendable {
  /// The microphone's name, or the file's without its folder.
  public var name: String
  /// ALSA's name of the device, or the path of the file.
  public var path: String
  /// Hz
  public var sampleRate: Int
  public var channels: Int
  /// `S16`, …; of a file its codec, such as `aac`.
  public var encoding: String
}
