import CALSA
import Glibc

/// A microphone that is there, or a PCM of ALSA's configuration that captures.
public struct MicrophoneDevice: Hashable, Sendable {
  public var name: String
  /// ALSA's name of it, for `--audio`: `plughw:CARD=C920,DEV=0`
  public var device: String

  /// Every microphone: the cards', then those of the configuration, such as `default` or `pulse`.
  public static func all() -> [MicrophoneDevice] {
    ALSASystem(stopSignal: StopSignal()).microphones()
  }

  /// ALSA's name for what `selector` says: such a name, or part of a microphone's name.
  static func resolve(_ selector: String, in system: any SoundSystem) -> String {
    let microphones = system.microphones()
    if microphones.contains(where: { $0.device == selector }) { return selector }
    return microphones.first { $0.name.lowercased().contains(selector.lowercased()) }?.device
      ?? selector
  }
}
