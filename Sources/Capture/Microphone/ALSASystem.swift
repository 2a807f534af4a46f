import CALSA
import Glibc
import Runtime

/// ALSA's PCMs.
final class ALSASystem: SoundSystem {
  private let stopSignal: Event

  /// - Parameter stopSignal: ends every wait
  init(stopSignal: Event) {
    self.stopSignal = stopSignal
    _ = Self.quiet
  }

  private static let quiet: Void = emenet_alsa_quiet()

  func microphones() -> [MicrophoneDevice] { cards() + configured() }

  func open(_ device: String) -> Outcome<any SoundDevice> {
    var pcm: OpaquePointer?
    return alsa { Int(snd_pcm_open(&pcm, device, SND_PCM_STREAM_CAPTURE, Int32(SND_PCM_NONBLOCK))) }
      .map { _ in ALSADevice(pcm: pcm!, stopSignal: stopSignal) }
  }

  func now() -> UInt64 { monotonicNanoseconds() }

  func pause(until deadline: UInt64) -> Bool { stopSignal.wait(until: deadline) }

  /// Capture devices of the sound cards, as listed by `arecord -l`.
  private func cards() -> [MicrophoneDevice] {
    var found: [MicrophoneDevice] = []
    var info: OpaquePointer?
    guard snd_pcm_info_malloc(&info) == 0 else { return [] }
    defer { snd_pcm_info_free(info) }
    var card: Int32 = -1
    while snd_card_next(&card) == 0, card >= 0 {
      var control: OpaquePointer?
      guard snd_ctl_open(&control, "hw:\(card)", 0) == 0 else { continue }
      defer { snd_ctl_close(control) }
      var cardInfo: OpaquePointer?
      guard snd_ctl_card_info_malloc(&cardInfo) == 0 else { continue }
      defer { snd_ctl_card_info_free(cardInfo) }
      guard snd_ctl_card_info(control, cardInfo) == 0 else { continue }
      let id = String(cString: snd_ctl_card_info_get_id(cardInfo))
      let name = String(cString: snd_ctl_card_info_get_name(cardInfo))
      var device: Int32 = -1
      while snd_ctl_pcm_next_device(control, &device) == 0, device >= 0 {
        snd_pcm_info_set_device(info, UInt32(device))
        snd_pcm_info_set_subdevice(info, 0)
        snd_pcm_info_set_stream(info, SND_PCM_STREAM_CAPTURE)
        guard snd_ctl_pcm_info(control, info) == 0 else { continue }
        let part = String(cString: snd_pcm_info_get_name(info))
        found.append(
          MicrophoneDevice(
            name: part.isEmpty ? name : "\(name), \(part)",
            device: "plughw:CARD=\(id),DEV=\(device)"))
      }
    }
    return found
  }

  /// Configured PCMs that claim to capture and can be opened.
  private func configured() -> [MicrophoneDevice] {
    var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    guard snd_device_name_hint(-1, "pcm", &hints) == 0, let hints else { return [] }
    defer { snd_device_name_free_hint(hints) }
    func text(_ hint: UnsafeMutableRawPointer, _ key: String) -> String? {
      guard let value = snd_device_name_get_hint(hint, key) else { return nil }
      defer { free(value) }
      return String(cString: value)
    }
    var found: [MicrophoneDevice] = []
    var place = hints
    while let hint = place.pointee {
      place += 1
      // PCMs of a particular card duplicate those of `cards`.
      guard let device = text(hint, "NAME"), device != "null", !device.contains(":CARD="),
        text(hint, "IOID") != "Output", case .done(let opened) = open(device)
      else { continue }
      opened.close()
      let description = text(hint, "DESC")?.split(separator: "\n").first.map(String.init)
      found.append(MicrophoneDevice(name: description ?? device, device: device))
    }
    return found
  }
}

/// All calls to ALSA go through here: repeats interrupted calls. ALSA's errors are negative.
func alsa(_ call: () -> Int) -> Outcome<Int> {
  while true {
    let result = call()
    if result >= 0 { return .done(result) }
    switch Int32(-result) {
    case EINTR: continue
    case EAGAIN: return .wouldBlock
    case let code: return .failed(code)
    }
  }
}
