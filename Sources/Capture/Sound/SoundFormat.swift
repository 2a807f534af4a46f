/// A sound's original format, before conversion to 16 kHz mono.
public struct SoundFormat: Equatable, Sendable {
  /// The microphone's name, or the file name without its directory.
  public var name: String
  /// ALSA name of the device, or path of the file.
  public var path: String
  /// Hz
  public var sampleRate: Int
  public var channels: Int
  /// `S16`, … for a device; the codec, such as `aac`, for a file.
  public var encoding: String
}
