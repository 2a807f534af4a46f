import CALSA
import Glibc
import Runtime

/// A connected microphone, or a capture PCM from ALSA's configuration.
public struct MicrophoneDevice: Hashable, Sendable {
  public var name: String
  /// ALSA name, for `--audio`: `plughw:CARD=C920,DEV=0`
  public var device: String

  /// All microphones: those of sound cards first, then configured ones such as `default` or
  /// `pulse`.
  public static func all() -> [MicrophoneDevice] {
    ALSASystem(stopSignal: Event()).microphones()
  }

  /// Resolves an ALSA name or part of a microphone's name.
  static func resolve(_ selector: String, in system: any SoundSystem) -> MicrophoneDevice {
    // Searching by name opens every device, which takes a while.
    let isPlain = selector == "default" || selector.contains(":")
    let microphones = isPlain ? [] : system.microphones()
    return microphones.first { $0.device == selector }
      ?? microphones.first { $0.name.lowercased().contains(selector.lowercased()) }
      ?? MicrophoneDevice(name: selector, device: selector)
  }
}
