import CALSA
import Glibc
import Runtime

/// A microphone that is there, or a PCM of ALSA's configuration that captures.
public struct MicrophoneDevice: Hashable, Sendable {
  public var name: String
  /// ALSA's name of it, for `--audio`: `plughw:CARD=C920,DEV=0`
  public var device: String

  /// Every microphone: the cards', then those of the configuration, such as `default` or `pulse`.
  public static func all() -> [MicrophoneDevice] {
    ALSASystem(stopSignal: Event()).microphones()
  }

  /// What `selector` says: ALSA's name, or part of a microphone's name.
  static func resolve(_ selector: String, in system: any SoundSystem) -> MicrophoneDevice {
    // Looking for the others opens each of them, which takes a while.
    let isPlain = selector == "default" || selector.contains(":")
    let microphones = isPlain ? [] : system.microphones()
    return microphones.first { $0.device == selector }
      ?? microphones.first { $0.name.lowercased().contains(selector.lowercased()) }
      ?? MicrophoneDevice(name: selector, device: selector)
  }
}
