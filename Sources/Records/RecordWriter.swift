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
  private let description: RecordDescription?
  private let replacesDescription: Bool
  private var text = TextBuffer()
  private var isFirst = true

  /// - Parameters:
  ///   - path: "-" is standard output
  ///   - description: written beside a regular file as `NAME.meta.json`, with the first record
  package init(
    path: String, format: Format, force: Bool = false, description: RecordDescription? = nil
  ) throws(OutputError) {
    self.format = format
    file = try OutputFile(path: path, force: force)
    self.description = file.isRegular ? description : nil
    replacesDescription = force || RecordDescription.isAlone(beside: path)
    if self.description != nil {
      do throws(OutputError) {
        try OutputFile.validate(
          RecordDescription.path(beside: path), force: replacesDescription)
      } catch {
        file.close()
        throw error
      }
    }
  }

  package func write(
    _ reading: FrameReading, of subject: RecordSubject = .frame
  ) throws(OutputError) {
    text.removeAll()
    switch format {
    case .json(let perMember):
      JSONRecord(perMember: perMember).append(reading, of: subject, to: &text)
    case .csv:
      if isFirst { text.append(CSVRecord.header) }
      CSVRecord().append(reading, of: subject, to: &text)
    }
    if isFirst { try description?.write(beside: file.path, force: replacesDescription) }
    try file.write(text.bytes)
    isFirst = false
  }

  package func close() { file.close() }
}
