import Layers

/// Which network a checkpoint is of.
public enum NetworkKind: String, Sendable {
  /// Face alone
  case visual = "EMENet-V"
  /// Face and voice
  case audiovisual = "EMENet-VA"

  public var name: String { rawValue }
}

/// What the engine runs. Passes are plain pointers, valid as long as the network, so that a run
/// touches no object.
protocol Network: AnyObject {
  /// From a face to logits.
  var pass: EMENetV.Pass { get }
  /// What the sound of a frame does to the heads' input; nil for a network without ears.
  var hearing: EMENetVA.Hearing? { get }
  var inputChannels: Checkpoint.InputChannels { get }
}

extension Network {
  /// How many tasks have a head: EXPR, AU, VA and perhaps FA.
  var headCount: Int { pass.heads.count }
}

extension Checkpoint {
  public var kind: NetworkKind {
    let isAudiovisual = tensors.keys.contains {
      $0.hasPrefix("video_backbone.") || $0.hasPrefix("audio_backbone.")
    }
    return isAudiovisual ? .audiovisual : .visual
  }

  /// What the names of the landmark head begin with: the one with 136 outputs. nil without one.
  public var landmarkHead: String? {
    tensors.first { $0.key.hasSuffix(".decoder.bias") && $0.value.shape == [136] }
      .map { String($0.key.dropLast("decoder.bias".count)) }
  }

  /// Landmarks that hold in a crop as far off as a detector's box, so that faces can be followed by
  /// them, and that are of each frame by itself, since crops move: what the metadata `landmarks:
  /// detector box` says. The reference's published networks have no landmarks, or those of aligned
  /// crops alone.
  public var followsFaces: Bool { landmarkHead != nil && metadata["landmarks"] == "detector box" }

  func network() throws(CheckpointError) -> any Network {
    switch kind {
    case .visual: try EMENetV(self)
    case .audiovisual: try EMENetVA(self)
    }
  }
}

extension [Checkpoint] {
  /// The members' networks, all of one kind.
  func networks() throws(CheckpointError) -> [any Network] {
    var networks: [any Network] = []
    for member in self {
      guard member.kind == self[0].kind else {
        throw CheckpointError(member.path, .otherKind(member.kind.name, of: self[0].kind.name))
      }
      networks.append(try member.network())
    }
    return networks
  }
}
