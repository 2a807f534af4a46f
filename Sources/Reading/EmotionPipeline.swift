import Capture
import FaceCrop
import Imaging
import Inference
import Runtime

extension EmotionEstimate: FaceMeasurement {}

/// Turns frames into readings, one after another, on its own thread.
///
/// It owns everything that a sequence needs: the tracks of the faces, the GRU state of each, the
/// ensemble, the sound window, and the budget of a frame.
package actor EmotionPipeline {
  /// What frames show.
  package enum Scene: Sendable {
    /// Faces anywhere in the picture.
    case faces(any FaceDetector, maxFaces: Int)
    /// One aligned face that fills the picture: it is resized to 112 x 112 and gets id 1.
    case alignedCrop
  }

  package nonisolated let members: Int
  package nonisolated let kind: NetworkKind
  package nonisolated let temporal: Checkpoint.Temporal
  package nonisolated let precision: Precision

  private let executor = ThreadExecutor("pipeline")
  private let ensemble: Ensemble
  private var budget: FrameBudget
  /// nil if each frame is an aligned crop.
  private var tracker: FaceTracker?
  /// One state for each face of the last frame; a state ends with its track.
  private var states: [Int: EmotionState] = [:]
  private var sound: SoundCutter?
  /// nil if resting faces are not used.
  private let resting: RestingFaces?
  /// nil if no markers can be set.
  private let markers: Markers?
  private var meter = SoundMeter()
  private var count = 0
  private var clip = 0

  /// For the task that passes it frame after frame.
  package nonisolated var thread: any TaskExecutor { executor }

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// - Parameters:
  ///   - secondsPerFrame: time budget of a frame; nil if nothing waits for the next frame
  ///   - sound: the sound of the frames; nil for silence
  ///   - resting: the resting faces that the user set
  ///   - markers: markers set during the run
  package init(
    _ ensemble: sending Ensemble, of scene: Scene, secondsPerFrame: Double? = nil,
    sound: sending SoundCutter? = nil, resting: RestingFaces? = nil, markers: Markers? = nil
  ) {
    self.resting = resting
    self.markers = markers
    members = ensemble.count
    kind = ensemble.kind
    temporal = ensemble.temporal
    precision = ensemble.precision
    budget = FrameBudget(
      members: ensemble.count, threads: ensemble.threads, seconds: secondsPerFrame)
    tracker = scene.tracker()
    self.ensemble = ensemble
    self.sound = sound
  }

  /// Begins another sequence, with no known faces and preceded by silence.
  package func begin(_ scene: Scene, sound: sending SoundCutter? = nil) {
    tracker = scene.tracker()
    states = [:]
    count = 0
    self.sound = sound
    meter = SoundMeter()
    ensemble.hear(nil)
  }

  /// Reads the next frame of the sequence.
  package func read(_ frame: Frame) -> FrameReading {
    if frame.clip != clip {
      clip = frame.clip
      // Other people, who get other numbers.
      tracker?.forget()
      states = [:]
    }
    let soundTime = sound?.time(of: frame) ?? 0
    let heard = hear(frame)
    let running = budget.next(monotonicSeconds())
    var faces =
      if let tracker { track(frame, with: tracker, running) } else { [crop(frame.image, running)] }
    resting?.apply(to: &faces)
    let now = monotonicSeconds()
    budget.finished(now)
    defer { count += 1 }
    return FrameReading(
      frame: count, time: frame.time, soundTime: soundTime, sound: heard, dropped: frame.dropped,
      image: frame.image, takenAt: utcSeconds(atMonotonic: frame.capturedAt),
      latencyMilliseconds: now * 1e3 - Double(frame.capturedAt) / 1e6,
      faces: faces, membersPerFrame: budget.perFrame, marker: markers?.next(for: frame),
      clip: frame.clip)
  }

  private func hear(_ frame: Frame) -> SoundReading? {
    guard let sound else { return nil }
    let cut = sound.cut(frame)
    meter.update(sound.window, cut, time: frame.time)
    if kind == .audiovisual {
      ensemble.hear(
        sound.window, at: cut.isComplete ? cut.start : nil, presence: meter.fade.presence)
    }
    return SoundReading(
      cut: cut, level: meter.level, state: meter.state, presence: meter.fade.presence)
  }

  private func track(
    _ frame: Frame, with tracker: FaceTracker, _ running: Range<Int>
  ) -> [FaceReading] {
    let faces = tracker.track(
      frame.image, time: frame.time,
      measureAll: { crops in
        ensemble.estimate(
          crops.map { .init($0.crop.pixels, state: states[$0.id]) }, running: running,
          alone: budget.isOnOneThread)
      })
    states = Dictionary(uniqueKeysWithValues: faces.map { ($0.id, $0.measurement.state) })
    return faces.map { face in
      FaceReading(
        id: face.id, box: face.box, landmarks: face.landmarks,
        emotion: face.measurement.emotion.doubted(face.legibility),
        members: face.measurement.members.map { $0.doubted(face.legibility) },
        pose: FacePose(
          legibility: face.legibility, isTurnedAway: face.isTurnedAway, head: face.head,
          eyes: face.eyes))
    }
  }

  private func crop(_ image: Image, _ running: Range<Int>) -> FaceReading {
    let estimate = ensemble.estimate(
      AlignedCrop(resizing: image).pixels, state: states[1], running: running,
      alone: budget.isOnOneThread)
    states[1] = estimate.state
    let size = Point(Float(image.width), Float(image.height))
    return FaceReading(
      id: 1, box: Rect(x: 0, y: 0, width: size.x, height: size.y),
      landmarks: estimate.landmarks.map { $0 * size }, emotion: estimate.emotion,
      members: estimate.members)
  }
}

extension Emotion {
  /// The same reading with the confidence that it deserves for a face seen this well.
  fileprivate func doubted(_ legibility: Legibility) -> Emotion {
    var emotion = self
    emotion.expression.confidence = legibility.confidence(ofClear: emotion.expression.confidence)
    return emotion
  }
}

extension EmotionPipeline.Scene {
  fileprivate func tracker() -> FaceTracker? {
    guard case .faces(let detector, let maxFaces) = self else { return nil }
    return FaceTracker(detector: detector, maxFaces: maxFaces)
  }
}
