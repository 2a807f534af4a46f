import Glibc
import Reading
import Runtime

/// What a display shows besides readings, and what it asks for. Called on the display's thread.
package protocol DisplayHost: AnyObject, Sendable {
  /// - Parameter reading: the newest; nil before the first one
  func status(after reading: FrameReading?) -> SessionStatus
  func perform(_ command: ScreenCommand)
  /// A snapshot of what is on the screen.
  ///
  /// - Parameters:
  ///   - lead: the face that the bars show
  ///   - screen: the screen as an SVG picture
  func save(_ reading: FrameReading, lead: Int?, screen: String)
  /// Reports a failure that the user should know about.
  func tell(_ error: any Error)
}

/// Shows a running session, either on the screen or as one status line a second on stderr.
///
/// Its thread takes the newest reading whenever it is ready, so a slow terminal never holds up the
/// pipeline.
package final class Display: ReadingSink {
  private struct State {
    var reading: FrameReading?
    var meter = FrameMeter()
    var report = SinkReport(name: "terminal")
    var repaint = false
    var suspend = false
    var isFinished = false
  }

  private let state = Locked(State())
  private let wake = Event()
  private let ended = Event()
  private let smoothing: Double
  private let preview: PreviewMode
  private let host: any DisplayHost

  /// How long to wait at the end for a terminal that accepts no bytes, s.
  private static let deadline = 3.0

  /// - Parameters:
  ///   - wantsScreen: true if stdin and stdout are a terminal
  ///   - smoothing: time constant of the screen, s
  package init(
    wantsScreen: Bool, smoothing: Double, preview: PreviewMode = .auto, host: any DisplayHost
  ) {
    self.smoothing = smoothing
    self.preview = preview
    self.host = host
    let canShow = isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1
    NamedThread("screen") { [self] in
      if wantsScreen, canShow, let screen = openScreen() { run(screen) } else { printLines() }
      ended.raise()
    }.detach()
  }

  // MARK: From other threads

  package func take(_ reading: FrameReading) {
    update { state in
      state.reading = reading
      state.report.done += 1
      state.meter.add(at: monotonicSeconds(), latencyMilliseconds: reading.latencyMilliseconds)
    }
  }

  /// There is always room, because the newest reading replaces the one before.
  package func room() async {}

  package var report: SinkReport { state.withLock { $0.report } }

  package func hurry() {}

  /// Releases the terminal, then stops the process until it is continued.
  package func suspend() { update { $0.suspend = true } }

  /// Redraws the whole screen.
  package func repaint() { update { $0.repaint = true } }

  /// Releases the terminal.
  @discardableResult
  package func finish() -> SinkReport {
    update { $0.isFinished = true }
    if !ended.wait(until: monotonicNanoseconds() + UInt64(Self.deadline * 1e9)) {
      state.withLock { $0.report.isAbandoned = true }
    }
    return report
  }

  private func update(_ body: (inout State) -> Void) {
    state.withLock { body(&$0) }
    wake.raise()
  }

  // MARK: The thread

  /// The keys without the requests to suspend and repaint.
  private func takeRequests() -> State {
    state.withLock { state in
      defer { (state.suspend, state.repaint) = (false, false) }
      return state
    }
  }

  private func openScreen() -> Screen? {
    do {
      let type = try TerminalType()
      if type.isSubstituted {
        printError(
          "emenet: TERM: this system does not describe '\(type.name)'; going on as '\(type.used)'")
      }
      return try Screen(type, smoothing: smoothing, preview: preview)
    } catch {
      host.tell(error)
      return nil
    }
  }

  private func run(_ screen: Screen) {
    var input = CounterRate()
    monitoring: while true {
      let values = takeRequests()
      if values.isFinished { break }
      if values.suspend {
        screen.suspend()
        stopProcess()
      }
      if values.suspend || values.repaint { screen.repaint() }
      for command in screen.commands() {
        host.perform(command)
        switch command {
        case .snapshot:
          guard let reading = screen.reading else { break }
          host.save(reading, lead: screen.focus, screen: screen.svg)
        // Release the terminal now, whatever the pipeline is still doing.
        case .quit: break monitoring
        case .pause, .record, .mark, .seek, .rest: break
        }
      }
      screen.show(values.reading, status: status(values, &input))
      wake.wait(orInput: STDIN_FILENO, milliseconds: 100)
    }
    screen.close()
  }

  private func printLines() {
    var input = CounterRate()
    var next = monotonicSeconds() + 1
    while true {
      let values = takeRequests()
      if values.isFinished { break }
      if values.suspend { stopProcess() }
      wake.wait(orInput: nil, milliseconds: 100)
      guard monotonicSeconds() >= next else { continue }
      next = monotonicSeconds() + 1
      printError(status(values, &input).line(values.reading))
    }
  }

  private func status(_ values: State, _ input: inout CounterRate) -> SessionStatus {
    let now = monotonicSeconds()
    var status = host.status(after: values.reading)
    let counters = status.counters
    status.framesPerSecondIn = input.rate(at: now, count: counters.delivered + counters.dropped)
    status.framesPerSecondOut = values.meter.framesPerSecond(at: now)
    status.latencyMedianMilliseconds = values.meter.latencyMilliseconds(quantile: 0.5)
    status.latencyP95Milliseconds = values.meter.latencyMilliseconds(quantile: 0.95)
    return status
  }
}

/// Stops the process and returns when it continues. A signal sent to this thread alone stops it
/// immediately; one sent to the process would let this thread run on for a while, long enough to
/// take the terminal again.
private func stopProcess() {
  raise(SIGSTOP)
}
