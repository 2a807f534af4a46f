import Glibc
import TestSupport
import Testing

@testable import Records
@testable import Runtime

@Suite struct RecordWriterTests {
  private let folder = ScratchFolder()

  private func content(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: [RecordWriter.Format.json(perMember: false), .csv])
  func eachLineIsInTheFileBeforeTheNext(format: RecordWriter.Format) throws {
    let path = folder.file("records")
    let writer = try RecordWriter(path: path, format: format)
    for frame in 0..<5 {
      try writer.write(Sample.reading(frame: frame, faces: frame % 2))
      let text = content(path)
      #expect(text.hasSuffix("\n"))
      #expect(text.count { $0 == "\n" } == frame + 1 + (format == .csv ? 1 : 0))
    }
    writer.close()
    #expect(content(path).hasPrefix(format == .csv ? "frame,time," : "{\"frame\":0,"))
  }

  @Test func row10_anExistingFileIsKeptUnlessForced() throws {
    let path = folder.file("records")
    var first: RecordWriter? = try RecordWriter(path: path, format: .csv)
    try first?.write(Sample.reading())
    first = nil
    let before = content(path)
    #expect(throws: OutputError.exists(path: path)) {
      try RecordWriter(path: path, format: .csv)
    }
    #expect(throws: OutputError.exists(path: path)) {
      try OutputFile.validate(path, force: false)
    }
    #expect(content(path) == before && !before.isEmpty)
    try OutputFile.validate(path, force: true)
    let second = try RecordWriter(path: path, format: .json(perMember: false), force: true)
    try second.write(Sample.reading())
    #expect(content(path).hasPrefix("{\"frame\":0,"))
  }

  @Test func row19_aFileThatIsBeingWrittenIsNotReplaced() throws {
    let path = folder.file("records")
    let writer = try RecordWriter(path: path, format: .csv)
    try writer.write(Sample.reading())
    let before = content(path)
    #expect(throws: OutputError.inUse(path: path)) {
      try RecordWriter(path: path, format: .csv, force: true)
    }
    #expect(throws: OutputError.inUse(path: path)) { try OutputFile.validate(path, force: true) }
    #expect(content(path) == before && !before.isEmpty)
    writer.close()
    try OutputFile.validate(path, force: true)
  }

  @Test func row10_pathsThatCannotBeWrittenAreKnownBefore() throws {
    let missing = folder.file("no/such/records")
    let expected: [(String, OutputError)] = [
      (folder.path, .isDirectory(path: folder.path)),
      (missing, .noDirectory(path: missing, directory: folder.file("no/such"))),
    ]
    for (path, error) in expected {
      #expect(throws: error) { try OutputFile.validate(path, force: true) }
      #expect(throws: error) { try RecordWriter(path: path, format: .csv, force: true) }
    }
    #expect(folder.names().isEmpty)
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func row10_aReadOnlyFolderIsKnownBefore() throws {
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    let path = folder.file("records")
    let error = OutputError.notWritable(path: path, code: EACCES)
    #expect(throws: error) { try OutputFile.validate(path, force: false) }
    #expect(throws: error) { try RecordWriter(path: path, format: .csv) }
  }

  @Test func aFileThatGotNothingIsRemoved() throws {
    let path = folder.file("records")
    try RecordWriter(path: path, format: .csv).close()
    #expect(folder.names().isEmpty)
  }

  @Test func aFullDeviceIsAnError() throws {
    let writer = try RecordWriter(path: "/dev/full", format: .csv)
    #expect(throws: OutputError.full(path: "/dev/full", code: ENOSPC)) {
      try writer.write(Sample.reading())
    }
  }

  @Test func row11_aPipeWithoutReaderIsAnError() throws {
    signal(SIGPIPE, SIG_IGN)
    let path = folder.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    let writer = try RecordWriter(path: path, format: .json(perMember: false))
    try writer.write(Sample.reading())
    close(reader)
    #expect(throws: OutputError.closedPipe(path: path)) { try writer.write(Sample.reading()) }
    writer.close()
    #expect(folder.names() == ["pipe"])
  }
}
