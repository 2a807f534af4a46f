import Inference
import Runtime

/// The file of `--neutral`: read when a session starts, written when the user sets a face as
/// neutral. An existing file is only replaced with `--force`.
package final class NeutralFile: Sendable {
  package let path: String
  private let mayWrite: Bool
  /// The resting face kept from an earlier session.
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

  /// Returns false if the file must not be replaced.
  package func keep(_ rest: RestingFace) throws(OutputError) -> Bool {
    if mayWrite { try Replacement.write(Array(rest.text.utf8), to: path, force: true) }
    return mayWrite
  }
}
