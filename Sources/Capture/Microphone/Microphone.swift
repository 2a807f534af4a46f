import Glibc
import Imaging
import Runtime

/// A microphone of ALSA: a POSIX thread of its own, and the last 16 s of its sound.
///
/// An overrun leaves silence, a device that is unplugged is waited for as long as it takes, and
/// time goes on in silence; see ``MicrophoneSession``. Whatever happens, sample n of its readers
/// stands for the same time.
public final class Microphone: Sendable {
  private let selector: String
  private let system: any SoundSystem
  private let stopSignal: Event
  private let link: MicrophoneLink
  private let thread = Locked<NamedThread?>(nil)

  /// `device`: ALSA's name of a PCM, or part of a microphone's name.
  public convenience init(_ device: String = "default") {
    let stopSignal = Event()
    self.init(device, system: ALSASystem(stopSignal: stopSignal), stopSignal: stopSignal)
  }

  /// `system` ends its waits at `stopSignal`.
  init(_ device: String, system: any SoundSystem, stopSignal: Event) {
    selector = device
    self.system = system
    self.stopSignal = stopSignal
    link = MicrophoneLink(origin: Double(system.now()) * 1e-9)
  }

  deinit { stop() }

  /// Only after `start()`.
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

  /// Throws ``MicrophoneError``; does not wait for one that is not there.
  public func start() throws(MicrophoneError) {
    let session = try MicrophoneSession(
      MicrophoneDevice.resolve(selector, in: system), system: system, link: link)
    let started = NamedThread("microphone") { session.run() }
    thread.withLock { thread in
      precondition(thread == nil, "a microphone is started once")
      thread = started
    }
  }

  /// Its sound for one more thread.
  public func reader() -> any SoundReader { MicrophoneReader(link) }

  /// Returns after its thread has ended and the device is closed. May be called more than once.
  public func stop() {
    stopSignal.raise()
    thread.withLock { $0.take() }?.join()
  }
}

public enum MicrophoneState: Equatable, Sendable {
  case streaming
  /// It is gone, or says nothing, and is waited for; time goes on in silence.
  case lost(seconds: Double)
}

public struct MicrophoneCounters: Equatable, Sendable {
  /// Times that the device's buffer was full and sound was lost.
  public var overruns = 0
  /// Times that the device was opened again, and then gave sound.
  public var reconnects = 0
}

/// What a ``Microphone`` shares with its thread and its readers.
final class MicrophoneLink: Sendable {
  struct Progress {
    var format: SoundFormat?
    var isStreaming = false
    /// The last sound, s of CLOCK_MONOTONIC.
    var since = 0.0
    var counters = MicrophoneCounters()
  }

  let ring = SampleRing(capacity: 1 << 18)
  let progress = Locked(Progress())
  /// s of CLOCK_MONOTONIC: the time of sample 0.
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
