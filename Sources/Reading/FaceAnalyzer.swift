import FaceCrop
import Imaging
import Inference
import Runtime

extension EmotionEstimate: FaceMeasurement {}

/// From a picture to what its faces show. Owned by one task.
package final class FaceAnalyzer {
  private let ensemble: Ensemble
  private let tracker: FaceTracker
  /// Of the faces of the last frame; the state of a face ends with its track.
  private var states: [Int: EmotionState] = [:]
  private var turns: MemberTurns

  package init(ensemble: Ensemble, detector: any FaceDetector, maxFaces: Int, turns: MemberTurns) {
    self.ensemble = ensemble
    self.turns = turns
    tracker = FaceTracker(detector: detector, maxFaces: maxFaces)
  }

  /// How many members run on one frame.
  package var membersPerFrame: Int { turns.perFrame }

  /// The faces of the next frame, largest first.
  package nonisolated(nonsending) func faces(
    in image: Image, time: Double, perMember: Bool = false
  ) async -> [FaceReading] {
    let known = states
    let running = turns.next(monotonicSeconds())
    let ensemble = ensemble
    let faces = await tracker.track(image, time: time) { crop, id in
      await ensemble.estimate(crop.pixels, state: known[id], running: running)
    }
    turns.finished(monotonicSeconds())
    states = Dictionary(uniqueKeysWithValues: faces.map { ($0.id, $0.measurement.state) })
    return faces.map { face in
      FaceReading(
        id: face.id, box: face.box, landmarks: face.landmarks, emotion: face.measurement.emotion,
        members: perMember ? face.measurement.members : [])
    }
  }
}
