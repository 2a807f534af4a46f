import CFFmpeg
import Runtime

/// Ends libavformat's waits for the network, which asks it about ten times a second.
///
/// `@unchecked Sendable`: the deadline is only set and read on the thread that uses the stream.
final class StreamWatch: @unchecked Sendable {
  private let stopSignal: Event
  /// CLOCK_MONOTONIC, ns
  private var deadline = UInt64.max

  init(stopSignal: Event) {
    self.stopSignal = stopSignal
  }

  func expect(within seconds: Double) {
    deadline = monotonicNanoseconds() + UInt64(max(0, seconds) * 1e9)
  }

  func expect(until deadline: UInt64) { self.deadline = deadline }

  var isStopped: Bool { stopSignal.wait(until: 0) }
  var isLate: Bool { monotonicNanoseconds() >= deadline }

  /// For the context that reads the stream; valid as long as this object.
  var callback: AVIOInterruptCB {
    AVIOInterruptCB(
      callback: { watch in
        let watch = Unmanaged<StreamWatch>.fromOpaque(watch!).takeUnretainedValue()
        return watch.isStopped || watch.isLate ? 1 : 0
      }, opaque: Unmanaged.passUnretained(self).toOpaque())
  }
}
