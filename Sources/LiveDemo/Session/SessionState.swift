import Glibc
import Imaging
import Reading
import Runtime

/// What the pipeline, the screen and the signals share while the monitor runs.
final class SessionState: Sendable {
  struct Values: Sendable {
    var reading: FrameReading?
    /// Frames that came out of the pipeline.
    var output = FrameMeter()
    /// What a person should know just now, such as why a recording stopped.
    var notice: Notice?
    var membersPerFrame = 1
    var repaint = false
    var suspend = false
    var stopRequested = false
    var isFinished = false
  }

  struct Notice: Sendable {
    var text: String
    var until: Double
  }

  /// Closed while the user pauses.
  let gate = Gate()
  let resting: RestingFaces
  let wake = WakeEvent()
  private let values = Locked(Values())

  init(resting: RestingFaces = RestingFaces()) {
    self.resting = resting
  }

  func update<R: Sendable>(_ body: (inout Values) -> sending R) -> R {
    let result = values.withLock { body(&$0) }
    wake.signal()
    return result
  }

  /// The values, with the requests to suspend and repaint taken out.
  func takeRequests() -> Values {
    values.withLock { values in
      defer { (values.suspend, values.repaint) = (false, false) }
      return values
    }
  }

  var current: Values { values.withLock { $0 } }

  /// Shown for a few seconds on the status line.
  func post(_ text: String, seconds: Double = 6) {
    update { $0.notice = Notice(text: text, until: monotonicSeconds() + seconds) }
  }
}
