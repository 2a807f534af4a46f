import Runtime

/// The work of a camera's thread: carries out the steps of ``CameraMachine`` and reports the
/// results to it. Not thread-safe.
protocol CaptureSession: AnyObject {
  var machine: CameraMachine { get set }
  var link: CameraLink { get }
  /// CLOCK_MONOTONIC, s
  var seconds: Double { get }

  /// Closes the camera, looks for it and opens it again.
  func reopen() -> CameraMachine.Event
  /// Stops and starts the stream.
  func restart() -> CameraMachine.Event
  /// Captures one picture; nil if a stop was requested.
  func capture(until: Double) -> CameraMachine.Event?
  /// Sleeps; returns true if a stop was requested.
  func pause(until: Double) -> Bool
  func close()
}

extension CaptureSession {
  /// Runs until the camera is lost for good or a stop is requested.
  func run() {
    var event = CameraMachine.Event.opened
    while true {
      let step = machine.step(after: event, at: seconds)
      link.progress.withLock {
        $0.state = machine.state
        $0.since = machine.since
      }
      switch step {
      case .open:
        event = reopen()
      case .capture(let until):
        guard let captured = capture(until: until) else { return finish(nil) }
        event = captured
      case .restart:
        event = restart()
      case .wait(let until):
        close()
        if pause(until: until) { return finish(nil) }
        event = .waited
      case .end(let error):
        return finish(error)
      }
    }
  }

  private func finish(_ error: CameraError?) {
    close()
    link.progress.withLock { $0.state = .ended }
    link.queue.finish(throwing: error)
  }
}
