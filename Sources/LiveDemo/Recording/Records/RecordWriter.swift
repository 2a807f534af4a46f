/// Writes one record a frame, each complete in the file before `write` returns.
final class RecordWriter {
  enum Format: Equatable, Sendable {
    case json(perMember: Bool)
    case csv
  }

  private let format: Format
  private let file: OutputFile
  private var text = TextBuffer()
  private var isFirst = true

  /// `path` "-" is standard output.
  init(path: String, format: Format, force: Bool = false) throws(OutputError) {
    self.format = format
    file = try OutputFile(path: path, force: force)
  }

  func write(
    _ reading: FrameReading, of subject: JSONRecord.Subject = .frame
  ) throws(OutputError) {
    text.removeAll()
    switch format {
    case .json(let perMember):
      JSONRecord(perMember: perMember).append(reading, of: subject, to: &text)
    case .csv:
      if isFirst { text.append(CSVRecord.header) }
      CSVRecord().append(reading, to: &text)
    }
    try file.write(text.bytes)
    isFirst = false
  }

  func close() { file.close() }
}
