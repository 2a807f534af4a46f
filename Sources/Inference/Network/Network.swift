import Layers
import Runtime

/// The network that a checkpoint belongs to.
public enum NetworkKind: String, Sendable {
  /// Face only
  case visual = "EMENet-V"
  /// Face and voice
  case audiovisual = "EMENet-VA"

  public var name: String { rawValue }
}

/// What the engine runs. Passes are plain pointers, valid while the network lives, so that a run
/// touches no object.
protocol Network: AnyObject {
  /// From a face to logits.
  var pass: EMENetV.Pass { get }
  /// Adds the sound of a frame to the heads' input; nil for a network without sound.
  var hearing: EMENetVA.Hearing? { get }
  var inputChannels: Checkpoint.InputChannels { get }
}

extension Network {
  /// Number of tasks: EXPR, AU, VA and, if present, FA.
  var headCount: Int { pass.heads.count }
}

extension Checkpoint {
  public var kind: NetworkKind {
    let isAudiovisual = tensors.keys.contains {
      $0.hasPrefix("video_backbone.") || $0.hasPrefix("audio_backbone.")
    }
    return isAudiovisual ? .audiovisual : .visual
  }

  /// Name prefix of the landmark head, the one with 136 outputs; nil without one.
  public var landmarkHead: String? {
    tensors.first { $0.key.hasSuffix(".decoder.bias") && $0.value.shape == [136] }
      .map { String($0.key.dropLast("decoder.bias".count)) }
  }

  /// True if the landmarks tolerate a crop as inexact as a detector's box and start from 0 in each
  /// frame, since crops move, so that they can be used to track faces: metadata `landmarks:
  /// detector box`. The reference's published networks have no landmarks, or only ones for aligned
  /// crops.
  public var followsFaces: Bool { landmarkHead != nil && metadata["landmarks"] == "detector box" }

  func network(_ precision: Precision = .f32) throws(CheckpointError) -> any Network {
    switch kind {
    case .visual: try EMENetV(self, precision)
    case .audiovisual: try EMENetVA(self, precision)
    }
  }
}

extension [Checkpoint] {
  /// The members' networks; throws if they are not all of one kind.
  func networks(_ precision: Precision = .f32) throws(CheckpointError) -> [any Network] {
    let kind = self[0].kind
    return try inParallel(self) { (member) throws(CheckpointError) in
      guard member.kind == kind else {
        throw CheckpointError(member.path, .otherKind(member.kind.name, of: kind.name))
      }
      return try member.network(precision)
    }
  }
}
