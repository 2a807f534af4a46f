import Reading
import Runtime

/// Writes one record per frame; each is complete in the file when `write` returns.
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
  ///   - path: "-" means standard output
  ///   - description: written with the first record, as `NAME.meta.json` beside a regular file
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
