// Code that runs a network also handles its checkpoints.
@_exported import Layers

// Metadata of an EMENet checkpoint.
extension Checkpoint {
  /// The kind of image that the weights were trained on.
  public enum InputChannels: String, CaseIterable, Sendable {
    case rgb
    /// BT.601 luma, repeated in all three channels; the network is given it once.
    case luma
  }

  /// Whether a face's GRU state is kept from one frame to the next.
  public enum Temporal: String, CaseIterable, Sendable {
    case carry
    case reset
  }

  /// RGB if the file does not say, as for the official weights.
  public var inputChannels: InputChannels {
    metadata["input_channels"].flatMap(InputChannels.init) ?? .rgb
  }

  /// See ``ExpressionEstimate/confidence``; 1 if the file does not say.
  public var confidenceExponent: Float {
    let exponent = metadata["confidence_exponent"].flatMap(Float.init) ?? 1
    return (0.1...10).contains(exponent) ? exponent : 1
  }

  /// Largest epistemic uncertainty at which a crop still counts as a face (`face_limit`), for
  /// members trained to disagree about non-faces. Infinite if the file does not say.
  public var faceLimit: Float {
    let limit = metadata["face_limit"].flatMap(Float.init) ?? .infinity
    return limit > 0 ? limit : .infinity
  }

  /// True if sound is to count only as far as somebody speaks: metadata `sound: voices`. The
  /// reference's networks hear everything.
  public var hearsVoicesOnly: Bool { metadata["sound"] == "voices" }

  /// nil if the file says nothing.
  public var temporal: Temporal? { metadata["temporal"].flatMap(Temporal.init) }
}
