import COpenBLAS
import Imaging

/// The members of a deep ensemble (Lakshminarayanan et al. 2017) and what they say together.
public actor Ensemble {
  private let members: [(network: EMENetV, channels: Checkpoint.InputChannels)]
  public nonisolated let count: Int
  public nonisolated let temporal: Checkpoint.Temporal

  /// - Parameters:
  ///   - temporal: `carry` goes on with a face's GRU state from frame to frame; `reset` starts
  ///     every frame from 0, as the official weights are run
  ///   - threads: cores to use; nil for all
  public init(
    members: [Checkpoint], temporal: Checkpoint.Temporal, threads: Int? = nil
  ) throws(CheckpointError) {
    precondition(!members.isEmpty, "an ensemble has a member")
    openblas_set_num_threads(Int32(threads ?? 2))
    var networks: [(EMENetV, Checkpoint.InputChannels)] = []
    for member in members { networks.append((try EMENetV(member), member.inputChannels)) }
    self.members = networks
    count = networks.count
    self.temporal = temporal
  }

  /// - Parameters:
  ///   - pixels: (112, 112, 3) red, green, blue
  ///   - state: of the same face's last frame; nil for a face not seen before
  ///   - running: the members to run on this frame; the others keep what they last said of the
  ///     face. A member that has said nothing yet runs in any case. nil for all
  public func estimate(
    _ pixels: [UInt8], state: EmotionState? = nil, running: Range<Int>? = nil
  ) -> EmotionEstimate {
    var next = state ?? EmotionState(members: .init(repeating: nil, count: count))
    var landmarks: [[Point]] = []
    var inputs: [Checkpoint.InputChannels: [Float]] = [:]
    for (index, member) in members.enumerated() {
      if let running, !running.contains(index), next.members[index] != nil { continue }
      let input = inputs[member.channels] ?? Self.planes(pixels, member.channels)
      inputs[member.channels] = input
      let (outputs, hidden) = Self.run(member.network, input, temporal == .carry ? next.members[index]?.hidden : nil)
      next.members[index] = .init(hidden: hidden, outputs: outputs)
      if let points = outputs.landmarks { landmarks.append(points) }
    }
    let outputs = next.members.compactMap { $0?.outputs }
    return EmotionEstimate(
      emotion: Emotion(meanOf: outputs), members: outputs.map { Emotion(meanOf: [$0]) },
      landmarks: landmarks.isEmpty
        ? []
        : (0..<68).map { i in landmarks.reduce(.zero) { $0 + $1[i] } / Float(landmarks.count) },
      state: next)
  }

  private static func run(
    _ network: EMENetV, _ input: [Float], _ state: [[Float]]?
  ) -> (MemberOutputs, [[Float]]) {
    let feature = network.features(of: input)
    var hidden: [[Float]] = []
    var logits: [[Float]] = []
    for (index, head) in network.heads.enumerated() {
      let zero = [Float](repeating: 0, count: EMENetV.stateSize)
      let (values, next) = head.forward(feature, state: state?[index] ?? zero)
      logits.append(values)
      hidden.append(next)
    }
    return (MemberOutputs(logits: logits), hidden)
  }

  /// (3, 112, 112) in [0, 1]
  static func planes(_ pixels: [UInt8], _ channels: Checkpoint.InputChannels) -> [Float] {
    let area = EMENetV.side * EMENetV.side
    precondition(pixels.count == 3 * area, "a crop of 112 x 112 pixels")
    var planes = [Float](repeating: 0, count: 3 * area)
    for i in 0..<area {
      let red = Float(pixels[3 * i])
      let green = Float(pixels[3 * i + 1])
      let blue = Float(pixels[3 * i + 2])
      switch channels {
      case .rgb:
        planes[i] = red / 255
        planes[area + i] = green / 255
        planes[2 * area + i] = blue / 255
      case .luma:
        let luma = (0.299 * red + 0.587 * green + 0.114 * blue) / 255
        planes[i] = luma
        planes[area + i] = luma
        planes[2 * area + i] = luma
      }
    }
    return planes
  }
}

/// What an ensemble remembers of one face from frame to frame.
public struct EmotionState: Sendable {
  struct Member: Sendable {
    var hidden: [[Float]]  // (heads, 128)
    var outputs: MemberOutputs
  }

  /// nil for a member that has not seen the face.
  var members: [Member?]
}

public struct EmotionEstimate: Sendable {
  public var emotion: Emotion
  /// Each member's own
  public var members: [Emotion]
  /// (68,) as fractions of the crop, the mean of the members that ran; empty without an FA head
  public var landmarks: [Point]
  /// For the same face's next frame
  public var state: EmotionState
}
