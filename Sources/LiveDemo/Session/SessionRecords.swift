import Reading
import Records
import Runtime

/// The record files of one run.
struct SessionRecords {
  private var writers: [RecordWriter] = []
  /// What stopped a writer; the run goes on without it.
  private(set) var failure: OutputError?
  private let description = RecordDescription()
  private let subject: RecordSubject

  init(_ options: LiveOptions) throws(OutputError) {
    subject = options.input == nil ? .cameraFrame : .frame
    let files = [(options.json, RecordWriter.Format.json(perMember: false)), (options.csv, .csv)]
    for case (let path?, let format) in files {
      writers.append(
        try RecordWriter(
          path: path, format: format, force: options.force, description: description))
    }
  }

  /// Says what the records come from, before the first of them.
  func describe(_ options: LiveOptions, source: String, checkpoints: [String]) throws {
    guard !writers.isEmpty else { return }
    try description.fill(
      RecordDescription.Contents(
        version: Main.version, command: LiveCommand.description.name, source: [source],
        start: utcSeconds(), checkpoints: checkpoints, options: options.given))
  }

  /// - Returns: why a writer had to stop on this reading
  mutating func write(_ reading: FrameReading) -> OutputError? {
    for (index, writer) in writers.enumerated().reversed() {
      do {
        try writer.write(reading, of: subject)
      } catch {
        writers.remove(at: index)
        writer.close()
        failure = error
        return error
      }
    }
    return nil
  }

  func close() {
    for writer in writers { writer.close() }
  }
}
