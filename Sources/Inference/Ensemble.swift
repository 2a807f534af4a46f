import Imaging
import Layers

/// A deep ensemble (Lakshminarayanan et al. 2017): runs its members and combines their outputs. Not
/// thread-safe.
public final class Ensemble {
  private let engine: Engine
  /// Index of an extra network whose landmark head is used; nil if the members use their own.
  private let guide: Int?
  /// Per member: the landmark head starts from 0 in each frame even if other states are carried.
  private let followsFaces: [Bool]
  public let count: Int
  public let kind: NetworkKind
  public let temporal: Checkpoint.Temporal
  /// The numbers that the members multiply
  public let precision: Precision
  /// Number of threads that share the work of a frame, unless it is left to one
  public var threads: Int { engine.threads }
  /// What the probabilities of expressions assume; nil if the members do not say.
  public let prior: ExpressionPrior?
  private let calibration: OutputCalibration
  private let faceLimit: Float

  /// Throws if the members are not all of one kind.
  ///
  /// - Parameters:
  ///   - landmarks: a network that supplies the landmarks instead of the members
  ///   - temporal: `carry` keeps a face's GRU state from frame to frame; `reset` starts every frame
  ///     from 0, as the official weights are run
  ///   - prior: frequencies of expressions to assume instead of the members' own
  ///   - threads: cores to use; nil for the default of the engine
  ///   - precision: one that `kernels` support
  public init(
    members: [Checkpoint], landmarks: Checkpoint? = nil, temporal: Checkpoint.Temporal,
    prior: ExpressionPrior? = nil, threads: Int? = nil, kernels: KernelSet = .fastest,
    precision: Precision = .f32
  ) throws(CheckpointError) {
    precondition(!members.isEmpty, "an ensemble has a member")
    var networks = try members.networks(precision)
    if let landmarks {
      guide = networks.count
      networks.append(try landmarks.network(precision))
    } else {
      guide = nil
    }
    engine = Engine(networks: networks, threads: threads, kernels: kernels)
    followsFaces = members.map(\.followsFaces)
    count = members.count
    kind = members[0].kind
    self.temporal = temporal
    self.precision = precision
    calibration = OutputCalibration(members[0], prior: prior)
    self.prior = members[0].expressionPrior == nil ? nil : calibration.prior
    faceLimit = members[0].faceLimit
  }

  /// Sets the sound around the current frame for all faces from now on. The front end processes it
  /// at once, a member's encoder when that member next runs, so each frame pays for both only once,
  /// however many faces it has. EMENet-VA assumes silence until the first call; EMENet-V ignores
  /// sound.
  ///
  /// - Parameters:
  ///   - window: (10080,) as ``SoundWindow`` places it, zeros after a shorter sound; nil is silence
  ///   - position: of the window's first sample in a stream in which the same position is the same
  ///     sample in each call. Columns that the window has in common with the last one are then
  ///     kept, which takes starts at multiples of ``SoundWindow/hop``. nil for a window by itself,
  ///     and once after a gap in the stream
  ///   - presence: how far the sound is a voice, from 0 to 1. Members that hear voices only
  ///     (``Checkpoint/hearsVoicesOnly``) scale the sound's feature by it, so that at 0 they are
  ///     exactly the visual network; others ignore it
  public func hear(_ window: [Float]?, at position: Int? = nil, presence: Float = 1) {
    engine.hear(window, at: position, presence: presence)
  }

  /// One face of a frame.
  public struct Face {
    /// (112, 112, 3) red, green, blue
    public var pixels: [UInt8]
    /// The state from the same face's previous frame; nil for a new face.
    public var state: EmotionState?

    public init(_ pixels: [UInt8], state: EmotionState? = nil) {
      self.pixels = pixels
      self.state = state
    }
  }

  /// Reads one face; see ``estimate(_:running:alone:)``.
  public func estimate(
    _ pixels: [UInt8], state: EmotionState? = nil, running: Range<Int>? = nil, alone: Bool = false
  ) -> EmotionEstimate {
    estimate([Face(pixels, state: state)], running: running, alone: alone)[0]
  }

  /// Reads all faces of a frame in one run.
  ///
  /// - Parameters:
  ///   - running: the members to run on this frame; the others keep their last output for a face. A
  ///     member without one runs in any case. nil for all
  ///   - alone: whether the caller's thread does all the work; the results are the same
  public func estimate(
    _ faces: [Face], running: Range<Int>? = nil, alone: Bool = false
  ) -> [EmotionEstimate] {
    var states = faces.map {
      $0.state ?? EmotionState(members: .init(repeating: nil, count: count))
    }
    var jobs: [Engine.Job] = []
    for member in 0..<count {
      for (face, state) in states.enumerated() {
        let last = state.members[member]
        guard running?.contains(member) ?? true || last == nil else { continue }
        jobs.append(
          .init(member: member, face: face, state: temporal == .carry ? last?.hidden : nil))
      }
    }
    for (face, crop) in faces.enumerated() { engine.look(at: crop.pixels, face: face) }
    engine.prepare(
      jobs + (guide.map { guide in faces.indices.map { .init(member: guide, face: $0) } } ?? []))
    engine.run(alone: alone)
    for job in jobs {
      states[job.face].members[job.member] = result(of: job)
    }
    return states.indices.map { face in
      estimate(states[face], face: face, ran: jobs.filter { $0.face == face }.map(\.member))
    }
  }

  private func result(of job: Engine.Job) -> EmotionState.Member {
    var hidden = engine.state(of: job.member, face: job.face)
    if followsFaces[job.member] {
      for unit in (Heads.landmarks * EMENetV.stateSize)..<hidden.count { hidden[unit] = 0 }
    }
    let logits = engine.logits(of: job.member, face: job.face)
    return .init(
      hidden: hidden,
      outputs: MemberOutputs(
        logits: logits, shift: calibration.shift,
        cover: engine.cover(of: job.member, face: job.face)))
  }

  private func estimate(_ state: EmotionState, face: Int, ran: [Int]) -> EmotionEstimate {
    let witnesses =
      guide.map { [MemberOutputs(logits: engine.logits(of: $0, face: face))] }
      ?? ran.compactMap { state.members[$0]?.outputs }
    let landmarks = witnesses.compactMap(\.landmarks)
    let outputs = state.members.compactMap { $0?.outputs }
    let covers = outputs.compactMap(\.cover)
    let emotion = Emotion(meanOf: outputs, calibration)
    return EmotionEstimate(
      emotion: emotion,
      members: outputs.map { Emotion(meanOf: [$0], calibration) },
      landmarks: landmarks.isEmpty
        ? []
        : (0..<68).map { i in landmarks.reduce(.zero) { $0 + $1[i] } / Float(landmarks.count) },
      nonFace: ran.count < count ? 0 : emotion.epistemic / faceLimit,
      cover: covers.isEmpty ? nil : covers.reduce(0, +) / Float(covers.count),
      state: state)
  }
}

/// What an ensemble keeps about one face from frame to frame.
public struct EmotionState: Sendable {
  struct Member: Sendable {
    var hidden: [Float]  // (heads, 128)
    var outputs: MemberOutputs
  }

  /// nil for a member that has not seen the face yet.
  var members: [Member?]
}

public struct EmotionEstimate: Sendable {
  public var emotion: Emotion
  /// Each member's own estimate.
  public var members: [Emotion]
  /// (68,) as fractions of the crop: the mean of the members that ran, or the output of the
  /// separate landmark network. Empty without an FA head.
  public var landmarks: [Point]
  /// How far the members disagree about the crop, as they learned to about non-faces: 1 is
  /// the limit of faces. 0 where not all of them ran.
  public var nonFace: Float
  /// Log-odds that something covers the face, a hand or a mask: the mean of the members that
  /// estimate it; nil if none does.
  public var cover: Float?
  /// To pass in with the same face's next frame.
  public var state: EmotionState
}
