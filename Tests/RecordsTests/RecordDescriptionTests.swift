import Foundation
import Runtime
import TestSupport
import Testing

@testable import Records

@Suite struct RecordDescriptionTests {
  private let folder = ScratchFolder()

  private func description() throws -> RecordDescription {
    try Data("abc".utf8).write(to: URL(fileURLWithPath: folder.file("a.pth")))
    let description = RecordDescription()
    description.fill(
      RecordDescription.Contents(
        version: "1.2.3", command: "live", source: ["clip.mp4"], start: 1_795_082_400.25,
        checkpoints: [folder.file("a.pth"), folder.file("gone.pth")],
        options: ["input": ["clip.mp4"], "realtime": [""], "checkpoint": ["a.pth", "gone.pth"]]))
    return description
  }

  private func write(
    _ name: String, _ format: RecordWriter.Format, _ description: RecordDescription,
    force: Bool = false
  ) throws {
    let writer = try RecordWriter(
      path: folder.file(name), format: format, force: force, description: description)
    try writer.write(Sample.reading())
    writer.close()
  }

  @Test(
    arguments: [
      ("records.jsonl", "records.meta.json"), ("a.b/records", "a.b/records.meta.json"),
      ("a.b/r.1.csv", "a.b/r.1.meta.json"), (".records", ".records.meta.json"),
      ("./r.csv", "./r.meta.json"),
    ])
  func liesBesideTheRecords(records: String, path: String) {
    #expect(RecordDescription.path(beside: records) == path)
  }

  @Test func saysWhatTheRecordsCameFrom() throws {
    try write("r.jsonl", .json(perMember: false), description())
    #expect(folder.names() == ["a.pth", "r.jsonl", "r.meta.json"])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("r.meta.json")))
    let found = try #require(JSONSerialization.jsonObject(with: bytes) as? NSDictionary)
    let expected: NSDictionary = [
      "version": "1.2.3", "command": "live", "source": "clip.mp4",
      "start": "2026-11-19T10:00:00.250Z",
      "checkpoints": [
        [
          "path": folder.file("a.pth"),
          // FIPS 180-2, appendix B.1
          "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ], ["path": folder.file("gone.pth"), "sha256": NSNull()],
      ],
      "options": ["input": "clip.mp4", "realtime": true, "checkpoint": ["a.pth", "gone.pth"]],
    ]
    #expect(found == expected)
    // Its fields are in the data dictionary.
    let dictionary = try String(
      contentsOf: Program.repository.appending(path: "docs/records.md"), encoding: .utf8)
    for name in found.allKeys { #expect(dictionary.contains("| `\(name)` |")) }
  }

  @Test func oneForJSONAndCSVOfOneRun() throws {
    let description = try description()
    try write("r.jsonl", .json(perMember: false), description)
    try write("r.csv", .csv, description, force: true)
    #expect(folder.names() == ["a.pth", "r.csv", "r.jsonl", "r.meta.json"])
  }

  @Test func row10_thatOfAnotherRunIsKeptUnlessForced() throws {
    try write("r.jsonl", .json(perMember: false), description())
    let path = folder.file("r.meta.json")
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let other = try description()
    #expect(throws: OutputError.exists(path: path)) { try write("r.csv", .csv, other) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(folder.names() == ["a.pth", "r.jsonl", "r.meta.json"])
    try write("r.csv", .csv, other, force: true)
    #expect(folder.names().contains("r.csv"))
  }

  /// Its records were deleted: the same command goes again. What is not ours stays.
  @Test func row10_oneWithoutRecordsIsReplaced() throws {
    try write("r.jsonl", .json(perMember: false), description())
    let path = folder.file("r.meta.json")
    try FileManager.default.removeItem(atPath: folder.file("r.jsonl"))
    let again = try description()
    let writers = try [("r.jsonl", RecordWriter.Format.json(perMember: false)), ("r.csv", .csv)].map
    {
      try RecordWriter(path: folder.file($0), format: $1, description: again)
    }
    for writer in writers {
      try writer.write(Sample.reading())
      writer.close()
    }
    #expect(folder.names() == ["a.pth", "r.csv", "r.jsonl", "r.meta.json"])

    for name in ["r.csv", "r.jsonl"] {
      try FileManager.default.removeItem(atPath: folder.file(name))
    }
    for text in ["notes", "{}", "[1]", #"{"version":1}"#, ""] {
      try text.write(toFile: path, atomically: false, encoding: .utf8)
      #expect(throws: OutputError.exists(path: path), "\(text)") {
        try write("r.csv", .csv, description())
      }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }
  }

  @Test func nothingLiesBesideWhatIsNoFileOrEmpty() throws {
    let writer = try RecordWriter(path: "/dev/null", format: .csv, description: description())
    try writer.write(Sample.reading())
    try RecordWriter(path: folder.file("r.csv"), format: .csv, description: description()).close()
    #expect(access("/dev/null.meta.json", F_OK) != 0 && folder.names() == ["a.pth"])
  }
}
