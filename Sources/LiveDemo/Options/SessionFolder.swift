/// The folder of `--save-dir`: everything that one run keeps. It is made for this run and no
/// other, whatever `--force` says.
struct SessionFolder: Sendable {
  let path: String

  // Matroska plays as it is whatever ends the program.
  var video: String { path + "/video.mkv" }
  var records: String { path + "/records.jsonl" }
  var page: String { path + "/report.html" }
  var settings: String { path + "/settings.json" }
}
