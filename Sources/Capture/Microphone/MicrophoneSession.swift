import CFFmpeg
import Glibc
import Runtime

/// The work of a microphone's thread. For one thread at a time.
///
/// The sound card has a clock of its own. ``SoundClock`` finds when each block was taken on the
/// clock of the frames; the resampler then makes a little more or less of it, up to 0.5 %, so that
/// every sample gets the number of its time. A step of more than ``longestStretch``, as after an
/// overrun, becomes silence or is left out.
final class MicrophoneSession {
  /// More than this between a sample's number and its time is a gap or an overlap, s.
  private static let longestStretch = 0.03
  /// Without sound for so long the device is opened again, s.
  private static let stallSeconds = 2.0
  /// Between two attempts to open it, s.
  private static let retrySeconds = 0.5
  /// How late sound may come before silence stands for it, s.
  private static let patience = 0.3

  /// ALSA's name of the device.
  private let name: String
  private let system: any SoundSystem
  private let link: MicrophoneLink
  private var device: (any SoundDevice)?
  private var format = CaptureFormat(rate: 1, channels: 1, encoding: .int16, period: 1, buffer: 1)
  private var resampler: SoundResampler?
  private var clock = SoundClock(rate: soundSampleRate)
  private var block: UnsafeMutableRawBufferPointer
  /// Frames since the stream started, and when that was; nil before the first block.
  private var frames = 0
  private var startedAt: Double?
  private var lastBlock = 0
  /// The stream has found its place in the ring, and is only stretched from then on.
  private var isAligned = false
  /// When frame 0 of the stream would have been taken, s, of a device that has sound without end,
  /// as some plug-ins do: it is read at the pace of time.
  private var pacedFrom: Double?
  private var lastSound: Double
  /// The device was opened again and has given no sound yet.
  private var isReconnecting = false

  private enum Happening {
    case captured, silence, stopped
    case failed(Int32)
  }

  /// Opens the device and starts it.
  init(
    _ microphone: MicrophoneDevice, system: any SoundSystem, link: MicrophoneLink
  ) throws(MicrophoneError) {
    name = microphone.device
    self.system = system
    self.link = link
    block = .allocate(byteCount: 0, alignment: 16)
    lastSound = Double(system.now()) * 1e-9
    try open()
    link.progress.withLock {
      $0.format = SoundFormat(
        name: microphone.name, path: name, sampleRate: format.rate,
        channels: format.channels, encoding: format.encoding.rawValue)
    }
  }

  deinit {
    device?.close()
    block.deallocate()
  }

  /// Until the system says stop.
  func run() {
    while true {
      guard let device else {
        fillSilence()
        if system.pause(until: system.now() + UInt64(Self.retrySeconds * 1e9)) { return }
        reopen()
        continue
      }
      switch capture(device) {
      case .captured: break
      case .stopped: return close()
      case .silence:
        fillSilence()
        if seconds - lastSound > Self.stallSeconds { close() }
      case .failed(EPIPE):
        link.progress.withLock { $0.counters.overruns += 1 }
        if !restart(device) { close() }
      case .failed(ESTRPIPE):
        guard let isAwake = resume(device) else { return close() }
        if !isAwake { close() }
      case .failed: close()
      }
    }
  }

  private var seconds: Double { Double(system.now()) * 1e-9 }

  // MARK: The device

  private func open() throws(MicrophoneError) {
    switch system.open(name) {
    case .done(let opened): device = opened
    case .wouldBlock: throw .busy(device: name)
    case .failed(EBUSY): throw .busy(device: name)
    case .failed(EACCES), .failed(EPERM): throw .noPermission(device: name)
    case .failed(ENOENT), .failed(ENODEV), .failed(ENXIO): throw .notFound(device: name)
    case .failed(let code): throw .refused(device: name, call: "snd_pcm_open", errno: code)
    }
    do throws(MicrophoneError) {
      switch device!.configure() {
      case .done(let given): format = given
      case .failed(EINVAL): throw .noUsableFormat(device: name)
      case .failed(EBUSY), .wouldBlock: throw .busy(device: name)
      case .failed(let code): throw .refused(device: name, call: "snd_pcm_hw_params", errno: code)
      }
      block.deallocate()
      block = .allocate(byteCount: format.period * format.bytesPerFrame, alignment: 16)
      // ALSA's null device leaves it as it is.
      block.initializeMemory(as: UInt8.self, repeating: 0)
      clock = SoundClock(rate: format.rate)
      if case .failed(let code) = device!.start() {
        throw .refused(device: name, call: "snd_pcm_start", errno: code)
      }
      guard beginStream() else { throw .noUsableFormat(device: name) }
    } catch {
      close()
      throw error
    }
  }

  private func reopen() {
    isReconnecting = (try? open()) != nil
  }

  private func close() {
    device?.close()
    device = nil
    link.progress.withLock {
      $0.isStreaming = false
      $0.since = lastSound
    }
  }

  /// False where libswresample does not take the format.
  private func beginStream() -> Bool {
    startedAt = nil
    isAligned = false
    pacedFrom = nil
    frames = 0
    clock.restart()
    resampler = SoundResampler(
      .init(
        rate: Int32(format.rate), channels: Int32(format.channels), format: format.encoding.libav),
      stretches: true)
    lastSound = seconds
    return resampler != nil
  }

  /// After an overrun. False where the device fails again at once.
  private func restart(_ device: any SoundDevice) -> Bool {
    guard startedAt != nil, device.prepare().isDone, device.start().isDone else { return false }
    return beginStream()
  }

  /// After the system slept. False where the device does not come back; nil when told to stop.
  private func resume(_ device: any SoundDevice) -> Bool? {
    let deadline = seconds + Self.stallSeconds
    while seconds < deadline {
      switch device.resume() {
      case .done: return beginStream()
      case .failed: return device.prepare().isDone && device.start().isDone && beginStream()
      case .wouldBlock:
        if system.pause(until: system.now() + 100_000_000) { return nil }
        fillSilence()
      }
    }
    return false
  }

  // MARK: The sound

  /// One block.
  private func capture(_ device: any SoundDevice) -> Happening {
    let rate = Double(format.rate)
    if pacedFrom == nil, let startedAt,
      Double(frames - format.buffer) / rate > seconds - startedAt
    {
      pacedFrom = seconds - Double(frames) / rate
    }
    if let pacedFrom {
      let ahead = pacedFrom + Double(frames + format.period) / rate - seconds
      if ahead > 0, system.pause(until: system.now() + UInt64(ahead * 1e9)) { return .stopped }
    }
    switch device.wait(until: system.now() + 250_000_000) {
    case .stopped: return .stopped
    case .timedOut: return .silence
    case .hungUp: return .failed(ENODEV)
    case .ready: break
    }
    let position: CapturePosition
    switch device.position() {
    case .done(let found): position = found
    case .failed(let code): return .failed(code)
    case .wouldBlock: return .silence
    }
    // A period at a time: what has piled up is read in the next rounds.
    let wanted = min(format.period, max(position.frames, 1))
    switch device.read(block, frames: wanted) {
    case .done(let count) where count > 0:
      take(count, at: pacedFrom.map { $0 + Double(frames) / rate } ?? time(of: position))
      return .captured
    case .done, .wouldBlock:
      // Woken for nothing: a millisecond keeps this from turning round and round.
      return system.pause(until: system.now() + 1_000_000) ? .stopped : .silence
    case .failed(let code): return .failed(code)
    }
  }

  /// When the first of the waiting frames was taken, s.
  private func time(of position: CapturePosition) -> Double {
    let now = system.now()
    var measured = now
    if let timestamp = position.timestamp, timestamp <= now, now - timestamp < 10_000_000_000 {
      measured = timestamp
    }
    return Double(measured) * 1e-9 - Double(position.frames) / Double(format.rate)
  }

  private func take(_ count: Int, at measured: Double) {
    let isFirst = startedAt == nil
    if isFirst { startedAt = measured }
    let time = clock.time(measured, after: isFirst ? 0 : lastBlock)
    lastBlock = count
    frames += count
    lastSound = seconds
    link.progress.withLock {
      $0.isStreaming = true
      if isReconnecting { $0.counters.reconnects += 1 }
    }
    isReconnecting = false

    guard let resampler else { return }
    let rate = Double(soundSampleRate)
    // By how many samples the block comes later than its place at the end of the ring.
    let difference =
      (time - link.origin) * rate - Double(link.ring.end + resampler.delay)
    var surplus = 0
    if !isAligned || abs(difference) > Self.longestStretch * rate {
      if difference > 0 {
        link.ring.appendSilence(Int(difference.rounded()))
      } else {
        surplus = Int(-difference.rounded())
      }
      resampler.stretch(by: 0, over: soundSampleRate)
    } else {
      resampler.stretch(by: Int(max(-80, min(80, difference.rounded()))), over: soundSampleRate)
    }
    var plane: UnsafePointer<UInt8>? = UnsafePointer(
      block.baseAddress!.assumingMemoryBound(to: UInt8.self))
    guard let samples = resampler.convert(&plane, count: count) else { return }
    let skipped = min(surplus, samples.count)
    isAligned = skipped == surplus
    link.ring.append(UnsafeBufferPointer(rebasing: samples[skipped...]))
  }

  /// Time goes on also where no sound comes.
  private func fillSilence() {
    let due = Int((seconds - Self.patience - link.origin) * Double(soundSampleRate))
    let missing = due - link.ring.end
    if missing > 0 { link.ring.appendSilence(missing) }
  }
}

extension CaptureFormat.Encoding {
  fileprivate var libav: AVSampleFormat {
    switch self {
    case .int16: AV_SAMPLE_FMT_S16
    case .int32: AV_SAMPLE_FMT_S32
    case .float: AV_SAMPLE_FMT_FLT
    }
  }
}
