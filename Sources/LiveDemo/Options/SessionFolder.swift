/// The folder of `--save-dir`, which holds everything that one run keeps. It is created for this
/// run alone, even with `--force`.
struct SessionFolder: Sendable {
  let path: String

  // A Matroska file stays playable however the program ends.
  var video: String { path + "/video.mkv" }
  var records: String { path + "/records.jsonl" }
  var page: String { path + "/report.html" }
  var settings: String { path + "/settings.json" }
}
