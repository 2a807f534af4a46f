import Reading
import Records
import Runtime

/// The record files of one run.
struct SessionRecords {
  private var writers: [RecordWriter] = []
  /// What stopped a writer; the run goes on without it.
  private(set) var failure: OutputError?

  init(_ options: LiveOptions) throws(OutputError) {
    if let path = options.json {
      writers.append(
        try RecordWriter(path: path, format: .json(perMember: false), force: options.force))
    }
    if let path = options.csv {
      writers.append(try RecordWriter(path: path, format: .csv, force: options.force))
    }
  }

  /// - Returns: why a writer had to stop on this reading
  mutating func write(_ reading: FrameReading) -> OutputError? {
    for (index, writer) in writers.enumerated().reversed() {
      do {
        try writer.write(reading)
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
