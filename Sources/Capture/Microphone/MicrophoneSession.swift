import CFFmpeg
import Glibc
import Runtime

/// The work of a microphone's thread. Not thread-safe.
///
/// The sound card has its own clock. ``SoundClock`` estimates when each block was captured on the
/// frames' clock; the resampler then stretches or compresses it by up to 0.5 %, so that every
/// sample gets the number for its time. A jump of more than ``longestStretch``, as after an
/// overrun, is filled with silence or cut.
final class MicrophoneSession {
  /// A larger difference between a sample's number and its time, in s, is a gap or an overlap.
  private static let longestStretch = 0.03
  /// After this time without sound, in s, the device is reopened.
  private static let stallSeconds = 2.0
  /// Time between two attempts to open the device, in s.
  private static let retrySeconds = 0.5
  /// How late sound may be before silence takes its place, in s.
  private static let patience = 0.3

  /// ALSA name of the device.
  private let name: String
  private let system: any SoundSystem
  private let link: MicrophoneLink
  private var device: (any SoundDevice)?
  private var format = CaptureFormat(rate: 1, channels: 1, encoding: .int16, period: 1, buffer: 1)
  private var resampler: SoundResampler?
  private var clock = SoundClock(rate: soundSampleRate)
  private var block: UnsafeMutableRawBufferPointer
  /// Frames since the stream started, and its start time; nil before the first block.
  private var frames = 0
  private var startedAt: Double?
  private var lastBlock = 0
  /// Whether the stream has its place in the ring buffer; from then on it is only stretched.
  private var isAligned = false
  /// For devices that deliver sound faster than real time, as some plug-ins do: the time of frame 0
  /// in s. They are read in real time.
  private var pacedFrom: Double?
  private var lastSound: Double
  /// The device was reopened and has not delivered sound yet.
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

  /// Runs until a stop is requested.
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
      // ALSA's null device does not write to it.
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

  /// False if libswresample does not support the format.
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

  /// Restarts after an overrun. False if the device fails again at once.
  private func restart(_ device: any SoundDevice) -> Bool {
    guard startedAt != nil, device.prepare().isDone, device.start().isDone else { return false }
    return beginStream()
  }

  /// Resumes after the system was suspended. False if the device does not resume; nil if a stop was
  /// requested.
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

  /// Reads one block.
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
    // One period at a time; any backlog is read in the next rounds.
    let wanted = min(format.period, max(position.frames, 1))
    switch device.read(block, frames: wanted) {
    case .done(let count) where count > 0:
      take(count, at: pacedFrom.map { $0 + Double(frames) / rate } ?? time(of: position))
      return .captured
    case .done, .wouldBlock:
      // Spurious wake-up: a pause of a millisecond prevents a busy loop.
      return system.pause(until: system.now() + 1_000_000) ? .stopped : .silence
    case .failed(let code): return .failed(code)
    }
  }

  /// Capture time of the first waiting frame, in s.
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
    // How many samples the block is later than the end of the ring buffer.
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

  /// Appends silence so that time continues even without sound.
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
