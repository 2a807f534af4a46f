// Whoever runs a network names its weights too.
@_exported import Layers

// What the metadata of an EMENet says.
extension Checkpoint {
  /// The picture that the weights were trained on.
  public enum InputChannels: String, CaseIterable, Sendable {
    case rgb
    /// BT.601 luma in all three channels.
    case luma
  }

  /// What becomes of the GRU's hidden state from one frame of a face to the next.
  public enum Temporal: String, CaseIterable, Sendable {
    case carry
    case reset
  }

  /// RGB where the file says nothing, as the official weights.
  public var inputChannels: InputChannels {
    metadata["input_channels"].flatMap(InputChannels.init) ?? .rgb
  }

  /// See ``ExpressionEstimate/confidence``; 1 where the file says nothing.
  public var confidenceExponent: Float {
    let exponent = metadata["confidence_exponent"].flatMap(Float.init) ?? 1
    return (0.1...10).contains(exponent) ? exponent : 1
  }

  /// Epistemic uncertainty up to which a crop shows a face, as `face_limit` says of members that
  /// learned to disagree about anything else; infinite where the file says nothing.
  public var faceLimit: Float {
    let limit = metadata["face_limit"].flatMap(Float.init) ?? .infinity
    return limit > 0 ? limit : .infinity
  }

  /// nil if the file says nothing.
  public var temporal: Temporal? { metadata["temporal"].flatMap(Temporal.init) }
}
