import Inference
import Runtime

/// The file of `--neutral`: read when a session starts, written when a person takes a face as
/// neutral. One that was there before is only replaced with `--force`.
package final class NeutralFile: Sendable {
  package let path: String
  private let mayWrite: Bool
  /// What an earlier session kept.
  package let kept: RestingFace?

  package init(path: String, force: Bool) throws {
    self.path = path
    guard TextFile.exists(path) else {
      try OutputFile.validate(path, force: force)
      mayWrite = true
      kept = nil
      return
    }
    guard let rest = RestingFace(lines: try TextFile.lines(of: path)) else {
      throw Failure(
        path, "is not a resting face that emenet kept",
        do: "name another file with --neutral; the c key writes one", exitCode: .usage)
    }
    mayWrite = force
    kept = rest
  }

  /// False if the file is not to be replaced.
  package func keep(_ rest: RestingFace) throws(OutputError) -> Bool {
    if mayWrite { try Replacement.write(Array(rest.text.utf8), to: path, force: true) }
    return mayWrite
  }
}
