import Inference
import Runtime

/// The resting faces of a session. The one that a person kept from an earlier session serves
/// the leading face, until another is taken for it.
package final class RestingFaces: Sendable {
  private struct State {
    var kept: RestingFace?
    /// By face; nil for a face whose values shall stay as measured.
    var own: [Int: RestingFace?] = [:]
  }
  private let state: Locked<State>

  package init(kept: RestingFace? = nil) {
    state = Locked(State(kept: kept))
  }

  /// - Parameter rest: nil: the values of this face are as measured from now on
  package func set(_ rest: RestingFace?, for face: Int) {
    state.withLock { $0.own[face] = .some(rest) }
  }

  /// `faces` with what each says at rest, the leading one first.
  package func apply(to faces: inout [FaceReading]) {
    let state = state.withLock { $0 }
    for index in faces.indices {
      let own = state.own[faces[index].id]
      faces[index].rest = own ?? (index == 0 ? state.kept : nil)
    }
  }
}
