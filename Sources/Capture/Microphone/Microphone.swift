import Glibc
import Imaging
import Runtime

/// An ALSA microphone with its own POSIX thread and the last 16 s of its sound.
///
/// An overrun leaves silence. An unplugged device is awaited indefinitely, while time continues in
/// silence; see ``MicrophoneSession``. Whatever happens, sample n of its readers stands for the
/// same time.
public final class Microphone: Sendable {
  private let selector: String
  private let system: any SoundSystem
  private let stopSignal: Event
  private let link: MicrophoneLink
  private let thread = Locked<NamedThread?>(nil)

  /// - Parameter device: ALSA name of a PCM, or part of a microphone's name
  public convenience init(_ device: String = "default") {
    let stopSignal = Event()
    self.init(device, system: ALSASystem(stopSignal: stopSignal), stopSignal: stopSignal)
  }

  /// - Parameter system: ends its waits when `stopSignal` is raised
  init(_ device: String, system: any SoundSystem, stopSignal: Event) {
    selector = device
    self.system = system
    self.stopSignal = stopSignal
    link = MicrophoneLink(origin: Double(system.now()) * 1e-9)
  }

  deinit { stop() }

  /// Only valid after `start()`.
  public var format: SoundFormat {
    guard let format = link.progress.withLock({ $0.format }) else {
      preconditionFailure("a microphone has a format after start()")
    }
    return format
  }

  public var state: MicrophoneState {
    let (isStreaming, since) = link.progress.withLock { ($0.isStreaming, $0.since) }
    return isStreaming
      ? .streaming : .lost(seconds: max(0, Double(system.now()) * 1e-9 - since))
  }

  public var counters: MicrophoneCounters { link.progress.withLock { $0.counters } }

  /// Throws ``MicrophoneError``; does not wait for an absent microphone.
  public func start() throws(MicrophoneError) {
    let session = try MicrophoneSession(
      MicrophoneDevice.resolve(selector, in: system), system: system, link: link)
    let started = NamedThread("microphone") { session.run() }
    thread.withLock { thread in
      precondition(thread == nil, "a microphone is started once")
      thread = started
    }
  }

  /// Returns a reader of its sound for another thread.
  public func reader() -> any SoundReader { MicrophoneReader(link) }

  /// Returns after its thread has ended and the device is closed. May be called more than once.
  public func stop() {
    stopSignal.raise()
    thread.withLock { $0.take() }?.join()
  }
}

public enum MicrophoneState: Equatable, Sendable {
  case streaming
  /// Disconnected or silent; waiting for it while time continues in silence.
  case lost(seconds: Double)
}

public struct MicrophoneCounters: Equatable, Sendable {
  /// Number of times that the device's buffer overflowed and sound was lost.
  public var overruns = 0
  /// Number of times that the device was reopened and then delivered sound.
  public var reconnects = 0
}

/// State shared between a ``Microphone``, its thread and its readers.
final class MicrophoneLink: Sendable {
  struct Progress {
    var format: SoundFormat?
    var isStreaming = false
    /// Time of the last sound on CLOCK_MONOTONIC, in s.
    var since = 0.0
    var counters = MicrophoneCounters()
  }

  let ring = SampleRing(capacity: 1 << 18)
  let progress = Locked(Progress())
  /// Time of sample 0 on CLOCK_MONOTONIC, in s.
  let origin: Double

  init(origin: Double) {
    self.origin = origin
  }
}

private final class MicrophoneReader: SoundReader {
  private let link: MicrophoneLink

  init(_ link: MicrophoneLink) {
    self.link = link
  }

  var origin: Double { link.origin }

  func available(upTo end: Int) -> Int { min(link.ring.end, end) }

  func read(from first: Int, into samples: UnsafeMutableBufferPointer<Float>) {
    link.ring.read(from: first, into: samples)
  }
}
