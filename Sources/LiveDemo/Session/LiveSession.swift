import Capture
import Reading
import Runtime
import Screen

/// One run of the monitor: source -> pipeline -> sinks.
struct LiveSession {
  let options: LiveOptions

  func run() async throws -> ExitCode {
    let control = RunControl(frames: options.frames, seconds: options.seconds)
    let events = SessionEvents(control)
    // Before the source starts, since a pipe may keep it waiting for its first picture.
    let signals = SessionSignals(control)
    let folder = options.saveFolder.map { SessionFolder(path: $0) }
    try folder?.make(options)
    let opened = await onThread("start") { Result { try SessionParts(options, control, events) } }
    if case .failure = opened {
      folder?.removeUnused()
      if control.isStopped { return .done }
    }
    let session = RunningSession(try opened.get(), options, control, events)
    signals.attach(session)
    // A source that delivers nothing for a while must not prolong a run.
    let isPaced = options.isLive || options.realtime
    let deadline = Deadline(seconds: isPaced ? options.seconds : nil) { control.stop() }
    defer { deadline.cancel() }
    let watching = Task(executorPreference: session.parts.pipeline.thread) {
      try await watch(session, deadline)
    }
    control.stopped { watching.cancel() }
    let outcome = await watching.result
    let reports = await onThread("shutdown") { session.shutDown() }
    // A run that failed midway still gets a report of what it saw before.
    let report = await onThread("report") { Result { try folder?.report() } }
    try session.judge(outcome, reports)
    try report.get()
    return session.reportLostFrames() > 0 ? .someInputsFailed : .done
  }

  /// Runs until the source ends, a limit is reached or somebody stops the run.
  private func watch(_ session: RunningSession, _ deadline: Deadline) async throws {
    let (parts, sinks, control) = (session.parts, session.sinks, session.control)
    for try await frame in parts.source.frames {
      deadline.begin()
      let reading = await parts.pipeline.read(frame)
      for sink in sinks { sink.take(reading) }
      guard control.allows(reading) else { break }
      await control.untilResumed()
      if parts.waitsForSinks { for sink in sinks { await sink.room() } }
    }
  }
}
