import Records
import Runtime

extension Failure {
  package init(_ problem: RecordFile.Problem) {
    let (path, why, remedy) =
      switch problem {
      case .unreadable(let path, let code):
        (path, errnoText(code), Self.remedy(unreadable: code))
      case .notAFile(let path): (path, "this is a folder", "name a records file in it")
      case .unknownFormat(let path):
        (path, "neither JSON lines nor CSV of emenet", "name what --json or --csv wrote")
      case .endlessLine(let path, let megabytes):
        (path, "a line of it is longer than \(megabytes) MiB", "name what --json or --csv wrote")
      case .noFrames(let path):
        (path, "it contains no frame with a time", "name the records of a video or a camera")
      }
    self.init(
      path == "-" ? "standard input" : path, why, do: remedy, exitCode: .nothingDone)
  }
}
