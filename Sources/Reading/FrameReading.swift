import FaceCrop
import Imaging
import Inference

/// One face of one frame, as it is recorded.
package struct FaceReading: Sendable {
  /// Stable from frame to frame; 1 for the first face of a session.
  package var id: Int
  /// px of the captured frame
  package var box: Rect
  /// (68,) px of the captured frame, iBUG 300-W order
  package var landmarks: [Point]
  package var emotion: Emotion { didSet { relative = rest.map(emotion.relative(to:)) } }
  /// Each member's own estimate, if requested (`--per-member`).
  package var members: [Emotion] = []
  /// The head pose derived from the landmarks; nil for a picture that is an aligned crop.
  package var pose: FacePose?
  /// This person's resting face, if it was set (the `c` key, `--neutral`).
  package var rest: RestingFace? { didSet { relative = rest.map(emotion.relative(to:)) } }
  /// ``emotion`` relative to ``rest``; nil without one.
  package private(set) var relative: Emotion.Relative?

  package init(
    id: Int, box: Rect, landmarks: [Point], emotion: Emotion, members: [Emotion] = [],
    pose: FacePose? = nil, rest: RestingFace? = nil
  ) {
    self.id = id
    self.box = box
    self.landmarks = landmarks
    self.emotion = emotion
    self.members = members
    self.pose = pose
    self.rest = rest
    relative = rest.map(emotion.relative(to:))
  }

  /// What screens and videos show: ``emotion``, with its expression, valence and arousal relative
  /// to ``rest``.
  package var shown: Emotion {
    guard let relative else { return emotion }
    var shown = emotion
    shown.expression.probabilities = relative.expression
    shown.valence.value = relative.valence
    shown.arousal.value = relative.arousal
    return shown
  }
}

/// How a face is held, and how well it can be read in that pose.
package struct FacePose: Equatable, Sendable {
  package var legibility: Legibility
  /// True if the face is seen so far from the side that nothing read from it is certain.
  package var isTurnedAway: Bool
  package var head: HeadPose
  package var eyes: Eyes

  package init(legibility: Legibility, isTurnedAway: Bool, head: HeadPose, eyes: Eyes) {
    self.legibility = legibility
    self.isTurnedAway = isTurnedAway
    self.head = head
    self.eyes = eyes
  }
}

/// Everything that screen, recorder and records need from one processed frame.
package struct FrameReading: Sendable {
  /// Number of frames processed before this one.
  package var frame: Int
  /// Seconds on the source's clock since its first frame.
  package var time: Double
  /// The position in the sound, if there is one, at which the frame begins, s.
  package var soundTime = 0.0
  /// nil if the frames have no sound.
  package var sound: SoundReading?
  /// Frames so far that the source delivered but that were not processed.
  package var dropped: Int
  package var image: Image
  /// When the camera captured it, s since 1970 in UTC; for a file, when it was decoded.
  package var takenAt: Double
  /// From capture to the end of inference.
  package var latencyMilliseconds: Double
  /// Largest first.
  package var faces: [FaceReading]
  /// Members of the ensemble that ran on each frame at the time of this reading.
  package var membersPerFrame = 1
  /// The marker set since the previous frame.
  package var marker: Marker?
  /// Index of the file among several that are played in a row.
  package var clip: Int

  package init(
    frame: Int, time: Double, soundTime: Double = 0, sound: SoundReading? = nil, dropped: Int,
    image: Image, takenAt: Double = 0, latencyMilliseconds: Double, faces: [FaceReading],
    membersPerFrame: Int = 1, marker: Marker? = nil, clip: Int = 0
  ) {
    self.frame = frame
    self.time = time
    self.soundTime = soundTime
    self.sound = sound
    self.dropped = dropped
    self.image = image
    self.takenAt = takenAt
    self.latencyMilliseconds = latencyMilliseconds
    self.faces = faces
    self.membersPerFrame = membersPerFrame
    self.marker = marker
    self.clip = clip
  }
}

/// The sound heard with one frame.
package struct SoundReading: Equatable, Sendable {
  /// The position of its window.
  package var cut: SoundCut
  /// Root mean square, dB of full scale
  package var level: Double
  package var state: SoundMeter.State
  /// ``VoiceFade/presence``
  package var presence: Float
}
