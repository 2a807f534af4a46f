import Imaging

/// Follows faces from frame to frame with the landmarks of the network that reads them.
///
/// Owned by one task: not `Sendable`.
public final class FaceTracker {
  private let detector: any FaceDetector
  private let maxFaces: Int
  private var tracks: [Track] = []
  private var nextID = 1
  private var lastDetection = -Double.infinity

  /// Seconds between looks for new faces while some are tracked.
  static let detectionInterval = 1.0

  private struct Track {
    let id: Int
    var filter: PoseFilter
    var frameToCrop: SimilarityTransform
    var misses = 0
  }

  public init(detector: any FaceDetector, maxFaces: Int = 4) {
    self.detector = detector
    self.maxFaces = maxFaces
  }

  /// The faces of the next frame, largest first.
  ///
  /// - Parameters:
  ///   - time: seconds on the source's clock
  ///   - measure: what the network says of a crop that may show face `id`. It may be called several
  ///     times for one face, and for what turns out not to be one; only the measurements that are
  ///     returned count, so state for an id is to be taken from those.
  public nonisolated(nonsending) func track<Measurement: FaceMeasurement>(
    _ image: Image, time: Double,
    measure: nonisolated(nonsending) (AlignedCrop, _ id: Int) async throws -> Measurement
  ) async rethrows -> [TrackedFace<Measurement>] {
    var faces: [(scale: Float, face: TrackedFace<Measurement>)] = []
    func add(_ id: Int, _ crop: AlignedCrop, _ measurement: Measurement, _ alignment: Alignment) {
      faces.append(
        (
          alignment.frameToCrop.scale,
          TrackedFace(
            id: id, box: Self.box(of: alignment, in: image), landmarks: alignment.landmarks,
            crop: crop, measurement: measurement)
        ))
    }
    var kept: [Track] = []
    for var track in tracks {
      guard let crop = AlignedCrop(image, frameToCrop: track.frameToCrop) else { continue }
      let measurement = try await measure(crop, track.id)
      guard let alignment = Alignment(measurement.landmarks, in: crop), alignment.residual < 9,
        let wanted = alignment.frameToCrop.inverse
      else { continue }
      track.frameToCrop = track.filter.update(wanted, time: time).inverse ?? alignment.frameToCrop
      kept.append(track)
      add(track.id, crop, measurement, alignment)
    }
    tracks = kept
    if tracks.isEmpty || time - lastDetection >= Self.detectionInterval {
      lastDetection = time
      for detection in detector.detect(in: image) where tracks.count < maxFaces {
        if faces.contains(where: { $0.face.box.overlap(with: detection.box) > 0.2 }) { continue }
        var frameToCrop = detection.frameToCrop
        for pass in 1...3 {
          guard let crop = AlignedCrop(image, frameToCrop: frameToCrop) else { break }
          let measurement = try await measure(crop, nextID)
          guard let alignment = Alignment(measurement.landmarks, in: crop),
            let wanted = alignment.frameToCrop.inverse
          else { break }
          frameToCrop = alignment.frameToCrop
          if pass == 3, alignment.residual < 7 {
            tracks.append(
              Track(
                id: nextID, filter: PoseFilter(wanted, time: time), frameToCrop: frameToCrop))
            add(nextID, crop, measurement, alignment)
            nextID += 1
          }
        }
      }
    }
    return faces.sorted { $0.scale < $1.scale }.map(\.face)
  }

  /// Around the landmarks, with a forehead, inside the picture.
  private static func box(of alignment: Alignment, in image: Image) -> Rect {
    var box = Rect(around: alignment.landmarks)!
    box.y -= 0.2 * box.height
    box.height *= 1.2
    return box.intersection(
      Rect(x: 0, y: 0, width: Float(image.width), height: Float(image.height)))
  }
}
