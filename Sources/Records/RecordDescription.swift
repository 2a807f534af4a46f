import Glibc
import Runtime

/// Metadata of a run's records: `NAME.meta.json` beside `NAME.jsonl` and `NAME.csv`.
package final class RecordDescription: Sendable {
  package struct Contents: Sendable {
    package var version: String
    /// The subcommand.
    package var command: String
    /// Camera, file or files, as given on the command line.
    package var source: [String]
    /// s since 1970
    package var start: Double
    /// Paths of the members, in order.
    package var checkpoints: [String]
    /// Values given on the command line, by option.
    package var options: [String: [String]]

    package init(
      version: String, command: String, source: [String], start: Double, checkpoints: [String],
      options: [String: [String]]
    ) {
      self.version = version
      self.command = command
      self.source = source
      self.start = start
      self.checkpoints = checkpoints
      self.options = options
    }
  }

  private struct State {
    var text: String?
    /// Where it has already been written.
    var paths: Set<String> = []
  }

  private let state = Locked(State())
  private let isReady = Event()

  /// Starts empty: outputs are opened before their contents are known.
  package init() {}

  /// Call once, before the first record. A separate thread hashes the checkpoints, which takes some
  /// 0.1 s.
  package func fill(_ contents: Contents) {
    NamedThread("checksums") { [self] in
      let text = contents.json.indentedText + "\n"
      state.withLock { $0.text = text }
      isReady.raise()
    }.detach()
  }

  /// "a/records.jsonl" -> "a/records.meta.json"
  package static func path(beside records: String) -> String {
    let name = records.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else {
      return records + ".meta.json"
    }
    return records[..<dot] + ".meta.json"
  }

  /// Whether what lies beside `records` describes records that somebody has deleted since: it is one
  /// of ours, and nothing else there has its name. (What this run has opened is still empty.)
  static func isAlone(beside records: String) -> Bool {
    let folder = records.lastIndex(of: "/").map { String(records[...$0]) } ?? ""
    guard let names = JSON.names(inFile: path(beside: records)),
      names.isSuperset(of: ["version", "command", "source", "checkpoints"])
    else { return false }
    return (folderEntries(folder.isEmpty ? "." : folder) ?? []).allSatisfy { name in
      var status = stat()
      return path(beside: folder + name) != path(beside: records)
        || stat(folder + name, &status) == 0 && status.st_size == 0
    }
  }

  /// Writes once per path, even if the JSON and CSV files of a run share it.
  func write(beside records: String, force: Bool) throws(OutputError) {
    let path = Self.path(beside: records)
    guard state.withLock({ $0.paths.insert(path).inserted }) else { return }
    while !isReady.wait(until: monotonicNanoseconds() + 1_000_000_000) {}
    let file = try OutputFile(path: path, force: force)
    defer { file.close() }
    try file.write(Array((state.withLock { $0.text } ?? "").utf8))
  }
}

extension RecordDescription.Contents {
  var json: JSON {
    .object([
      ("version", .text(version)), ("command", .text(command)),
      ("source", source.count == 1 ? .text(source[0]) : .list(source.map(JSON.text))),
      ("start", .text(utcText(start))),
      (
        "checkpoints",
        .list(
          checkpoints.map { path in
            .object([
              ("path", .text(path)), ("sha256", sha256(ofFile: path).map(JSON.text) ?? .null),
            ])
          })
      ),
      (
        "options",
        .object(
          options.sorted { $0.key < $1.key }.map { name, values in
            let texts = values.map { $0.isEmpty ? JSON.flag(true) : .text($0) }
            return (name, texts.count == 1 ? texts[0] : .list(texts))
          })
      ),
    ])
  }
}
