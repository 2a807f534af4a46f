import Inference
import Runtime

/// The resting faces of a session. The one kept from an earlier session applies to the leading face
/// until another is set for it.
package final class RestingFaces: Sendable {
  private struct State {
    var kept: RestingFace?
    /// By face; nil for a face whose values stay as measured.
    var own: [Int: RestingFace?] = [:]
  }
  private let state: Locked<State>

  package init(kept: RestingFace? = nil) {
    state = Locked(State(kept: kept))
  }

  /// - Parameter rest: nil leaves this face's values as measured from now on
  package func set(_ rest: RestingFace?, for face: Int) {
    state.withLock { $0.own[face] = .some(rest) }
  }

  /// Adds to each of `faces`, the leading one first, its resting face.
  package func apply(to faces: inout [FaceReading]) {
    let state = state.withLock { $0 }
    for index in faces.indices {
      let own = state.own[faces[index].id]
      faces[index].rest = own ?? (index == 0 ? state.kept : nil)
    }
  }
}
