import Kernels

/// The numbers that a network's 1x1 convolutions multiply, which are nearly all of its work. Sums,
/// biases and all other layers are float in any case.
public enum Precision: String, CaseIterable, Sendable {
  case f32
  /// bfloat16, with eight significant bits: twice as many products an instruction.
  case bf16
}

extension KernelSet {
  public func supports(_ precision: Precision) -> Bool {
    precision == .f32 || pointer.pointee.pointwisePairs != nil
  }

  /// The fastest precision. Both keep the limits that `docs/architecture.md` states.
  public var fastestPrecision: Precision {
    self != KernelSet.available.last && supports(.bf16) ? .bf16 : .f32
  }
}

/// A map between layers, (channels / 16, height * width, 16), in float and in bfloat16; a network
/// uses one of them, or both where a shortcut and a convolution read the same map.
package struct FeatureMap: BitwiseCopyable {
  package let values: UnsafeMutablePointer<Float>
  package let short: UnsafeMutablePointer<UInt16>

  /// - Parameter count: of numbers
  package init(_ count: Int, in arena: Arena) {
    values = arena.floats(count)
    short = arena.shorts(count)
  }
}
