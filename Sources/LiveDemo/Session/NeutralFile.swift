import Inference
import Reading
import Runtime

/// The file of `--neutral`: read when a session starts, written when a person takes a face as
/// neutral. One that was there before is only replaced with `--force`.
final class NeutralFile: Sendable {
  private let path: String
  private let mayWrite: Bool
  /// What an earlier session kept.
  let kept: RestingFace?

  init(path: String, force: Bool) throws {
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

  /// What to tell the person.
  func keep(_ rest: RestingFace) -> String {
    guard mayWrite else { return "\(path) stays as it was; --force replaces it" }
    do throws(OutputError) {
      try Replacement.write(Array(rest.text.utf8), to: path, force: true)
      return "this face is kept in \(path) as neutral"
    } catch {
      return Failure(error).line
    }
  }
}
