import Reading
import Runtime

/// Writes a run's records, one or more lines per frame, on its own thread.
package final class RecordSink: ReadingSink {
  private let thread: SinkThread

  /// - Parameters:
  ///   - path: "-" means standard output
  ///   - failed: called once, on the sink's thread, when writing becomes impossible
  package init(
    path: String, format: RecordWriter.Format, force: Bool, subject: RecordSubject = .frame,
    description: RecordDescription? = nil,
    failed: @escaping @Sendable (any Error) -> Void
  ) throws(OutputError) {
    // A pipe that has no reader yet must not delay the start of the run.
    let writer =
      OutputFile.mayWaitToOpen(path)
      ? nil
      : try RecordWriter(path: path, format: format, force: force, description: description)
    thread = SinkThread(
      "records", name: path, capacity: 16, deadline: 3,
      worker: Worker(path: path, format: format, subject: subject, writer), failed: failed)
  }

  package func take(_ reading: FrameReading) { thread.take(reading) }
  package func room() async { await thread.room() }
  package var report: SinkReport { thread.report }
  package func hurry() { thread.hurry() }

  @discardableResult
  package func finish() -> SinkReport { thread.finish() }

  private final class Worker: SinkWorker {
    private let path: String
    private let format: RecordWriter.Format
    private let subject: RecordSubject
    private var writer: RecordWriter?

    init(
      path: String, format: RecordWriter.Format, subject: RecordSubject, _ writer: RecordWriter?
    ) {
      self.path = path
      self.format = format
      self.subject = subject
      self.writer = writer
    }

    func open() throws {
      if writer == nil { writer = try RecordWriter(path: path, format: format) }
    }

    func work(_ reading: FrameReading) throws { try writer?.write(reading, of: subject) }

    func finish() { writer?.close() }
  }
}
