import Options
import Runtime

extension Failure {
  package init(_ problem: Configuration.Problem) {
    let place = problem.line > 0 ? "\(problem.path):\(problem.line)" : problem.path
    func meant(_ nearest: String?, or other: String) -> String {
      nearest.map { "did you mean '\($0)'?" } ?? other
    }
    let (why, remedy) =
      switch problem.reason {
      case .unreadable(let code):
        (errnoText(code), "make it readable, or move it away")
      case .malformed(let reason): (reason, "correct this line; the format is TOML")
      case .unknownSection(let name, let nearest):
        ("there is no command '\(name)'", meant(nearest, or: "see 'emenet --help'"))
      case .unknownKey(let name, "", let nearest):
        ("no command has an option '\(name)'", meant(nearest, or: "see 'emenet config'"))
      case .unknownKey(let name, let section, let nearest):
        (
          "'\(section)' has no option '\(name)'",
          meant(nearest, or: "see 'emenet config \(section)'")
        )
      case .badValue(let key, let value, let expected):
        ("\(key): '\(value)' is not \(expected)", "correct this line")
      }
    self.init(place, why, do: remedy, exitCode: .usage)
  }
}
