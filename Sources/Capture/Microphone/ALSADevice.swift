import CALSA
import Glibc
import Runtime

/// An open ALSA PCM.
final class ALSADevice: SoundDevice {
  private let pcm: OpaquePointer
  private let stopSignal: Event
  /// The PCM's own descriptors, followed by the stop signal's.
  private var descriptors: [pollfd] = []

  init(pcm: OpaquePointer, stopSignal: Event) {
    self.pcm = pcm
    self.stopSignal = stopSignal
  }

  func configure() -> Outcome<CaptureFormat> {
    var parameters: OpaquePointer?
    guard snd_pcm_hw_params_malloc(&parameters) == 0 else { return .failed(ENOMEM) }
    defer { snd_pcm_hw_params_free(parameters) }
    func refused(_ code: Int32) -> Outcome<CaptureFormat>? { code < 0 ? .failed(-code) : nil }

    if let failure = refused(snd_pcm_hw_params_any(pcm, parameters)) { return failure }
    // libswresample resamples better than ALSA's plug-ins.
    snd_pcm_hw_params_set_rate_resample(pcm, parameters, 0)
    if let failure = refused(
      snd_pcm_hw_params_set_access(pcm, parameters, SND_PCM_ACCESS_RW_INTERLEAVED))
    {
      return failure
    }
    guard
      let encoding = CaptureFormat.Encoding.allCases.first(where: {
        snd_pcm_hw_params_set_format(pcm, parameters, $0.alsa) == 0
      })
    else { return .failed(EINVAL) }
    var channels: UInt32 = 1
    var rate: UInt32 =
      snd_pcm_hw_params_test_rate(pcm, parameters, UInt32(soundSampleRate), 0) == 0
      ? UInt32(soundSampleRate) : 48000
    var periodTime: UInt32 = 20_000
    var bufferTime: UInt32 = 500_000
    for code in [
      snd_pcm_hw_params_set_channels_near(pcm, parameters, &channels),
      snd_pcm_hw_params_set_rate_near(pcm, parameters, &rate, nil),
      snd_pcm_hw_params_set_period_time_near(pcm, parameters, &periodTime, nil),
      snd_pcm_hw_params_set_buffer_time_near(pcm, parameters, &bufferTime, nil),
      snd_pcm_hw_params(pcm, parameters),
    ] {
      if let failure = refused(code) { return failure }
    }
    var (period, buffer) = (snd_pcm_uframes_t(), snd_pcm_uframes_t())
    snd_pcm_hw_params_get_period_size(parameters, &period, nil)
    snd_pcm_hw_params_get_buffer_size(parameters, &buffer)
    askForTimestamps(period: period)

    let count = max(0, snd_pcm_poll_descriptors_count(pcm))
    descriptors = [pollfd](repeating: pollfd(), count: Int(count))
    snd_pcm_poll_descriptors(pcm, &descriptors, UInt32(count))
    descriptors.append(pollfd(descriptor: stopSignal.descriptor))
    return .done(
      CaptureFormat(
        rate: Int(rate), channels: Int(channels), encoding: encoding,
        period: max(1, Int(period)), buffer: max(1, Int(buffer))))
  }

  /// Not every device supports timestamps; without them the time of the read is used.
  private func askForTimestamps(period: snd_pcm_uframes_t) {
    var parameters: OpaquePointer?
    guard snd_pcm_sw_params_malloc(&parameters) == 0 else { return }
    defer { snd_pcm_sw_params_free(parameters) }
    guard snd_pcm_sw_params_current(pcm, parameters) == 0 else { return }
    snd_pcm_sw_params_set_avail_min(pcm, parameters, period)
    snd_pcm_sw_params_set_tstamp_mode(pcm, parameters, SND_PCM_TSTAMP_ENABLE)
    snd_pcm_sw_params_set_tstamp_type(pcm, parameters, SND_PCM_TSTAMP_TYPE_MONOTONIC)
    snd_pcm_sw_params(pcm, parameters)
  }

  func start() -> Outcome<Void> { alsa { Int(snd_pcm_start(pcm)) }.map { _ in } }

  func wait(until deadline: UInt64) -> Readiness {
    while true {
      let now = monotonicNanoseconds()
      let milliseconds = deadline > now ? (deadline - now + 999_999) / 1_000_000 : 0
      let count = poll(&descriptors, nfds_t(descriptors.count), Int32(clamping: milliseconds))
      if count < 0 { continue }
      if descriptors[descriptors.count - 1].revents != 0 { return .stopped }
      if count == 0 {
        if monotonicNanoseconds() >= deadline { return .timedOut }
        continue
      }
      var events: UInt16 = 0
      snd_pcm_poll_descriptors_revents(
        pcm, &descriptors, UInt32(descriptors.count - 1), &events)
      if snd_pcm_state(pcm) == SND_PCM_STATE_DISCONNECTED { return .hungUp }
      // An overrun also sets an error flag; the read reports it.
      if events & UInt16(POLLIN | POLLERR | POLLHUP | POLLNVAL) != 0 { return .ready }
    }
  }

  func position() -> Outcome<CapturePosition> {
    alsa { snd_pcm_avail(pcm) }.map { frames in
      var (available, time) = (snd_pcm_uframes_t(), timespec())
      guard snd_pcm_htimestamp(pcm, &available, &time) == 0, time.tv_sec > 0 else {
        return CapturePosition(frames: frames, timestamp: nil)
      }
      return CapturePosition(
        frames: Int(available),
        timestamp: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }
  }

  func read(_ block: UnsafeMutableRawBufferPointer, frames: Int) -> Outcome<Int> {
    alsa { snd_pcm_readi(pcm, block.baseAddress, snd_pcm_uframes_t(frames)) }
  }

  func prepare() -> Outcome<Void> { alsa { Int(snd_pcm_prepare(pcm)) }.map { _ in } }

  func resume() -> Outcome<Void> { alsa { Int(snd_pcm_resume(pcm)) }.map { _ in } }

  func close() { snd_pcm_close(pcm) }
}

extension CaptureFormat.Encoding {
  fileprivate var alsa: snd_pcm_format_t {
    switch self {
    case .int16: SND_PCM_FORMAT_S16
    case .int32: SND_PCM_FORMAT_S32
    case .float: SND_PCM_FORMAT_FLOAT
    }
  }
}
