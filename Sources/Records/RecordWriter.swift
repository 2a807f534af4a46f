import Reading
import Runtime

/// Writes one record a frame, each complete in the file before `write` returns.
package final class RecordWriter {
  package enum Format: Equatable, Sendable {
    case json(perMember: Bool)
    case csv
  }

  private let format: Format
  private let file: OutputFile
  private var text = TextBuffer()
  private var isFirst = true

  /// `path` "-" is standard output.
  package init(path: String, format: Format, force: Bool = false) throws(OutputError) {
    self.format = format
    file = try OutputFile(path: path, force: force)
  }

  package func write(
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

  package func close() { file.close() }
}
