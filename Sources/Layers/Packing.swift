import Kernels

// The layouts that `Kernels.h` requires. Channels are padded with zeros to whole blocks of 16 and
// panels of 32, so a kernel never sees half a vector.

package func blocks(_ channels: Int) -> Int { (channels + 15) / 16 }
package func panels(_ channels: Int) -> Int { (channels + 31) / 32 }

extension Arena {
  /// A vector of one value per channel, padded to whole panels.
  package func perChannel(_ values: [Float]) -> UnsafePointer<Float> {
    floats(values + [Float](repeating: 0, count: panels(values.count) * 32 - values.count))
  }

  /// A 1x1 or stem convolution: (out, taps) to (out / 32, order.count, 32), where `order` gives the
  /// tap at each place; nil for a place of zeros.
  package func panelWeights(_ weight: [Float], outputs: Int, order: [Int?]) -> UnsafePointer<Float>
  {
    let taps = weight.count / outputs
    let packed = floats(panels(outputs) * order.count * 32)
    for output in 0..<outputs {
      let panel = packed + output / 32 * order.count * 32 + output % 32
      for (place, tap) in order.enumerated() {
        if let tap { panel[place * 32] = weight[output * taps + tap] }
      }
    }
    return UnsafePointer(packed)
  }

  /// A 1x1 convolution in bfloat16: (out, inputs) to (out / 32, inputs / 2, 32, 2).
  package func pairWeights(_ weight: [Float], outputs: Int) -> UnsafePointer<UInt16> {
    let inputs = weight.count / outputs
    let pairs = blocks(inputs) * 8
    let packed = shorts(panels(outputs) * pairs * 64)
    for output in 0..<outputs {
      let panel = packed + (output / 32 * pairs * 32 + output % 32) * 2
      for input in 0..<inputs {
        panel[input / 2 * 64 + input % 2] = UInt16(
          roundingToBFloat16: weight[output * inputs + input])
      }
    }
    return UnsafePointer(packed)
  }

  /// A 1x1 convolution: `weight` (out, inputs), `bias` and `slope` (out).
  package func pointwise(
    _ weight: [Float], inputs: Int, bias: [Float], slope: [Float]?, _ precision: Precision
  ) -> PanelConvolution {
    let (order, outputs, isShort) = (channelOrder(inputs), bias.count, precision == .bf16)
    return PanelConvolution(
      inputs: inputs, outputs: outputs, depth: order.count,
      weight: isShort ? nil : panelWeights(weight, outputs: outputs, order: order),
      pairs: isShort ? pairWeights(weight, outputs: outputs) : nil, bias: perChannel(bias),
      slope: slope.map(perChannel))
  }

  /// A depthwise convolution: (channels, taps) to (channels / 16, taps, 16).
  package func blockWeights(_ weight: [Float], channels: Int) -> UnsafePointer<Float> {
    let taps = weight.count / channels
    let packed = floats(panels(channels) * 2 * taps * 16)
    for channel in 0..<channels {
      for tap in 0..<taps {
        packed[(channel / 16 * taps + tap) * 16 + channel % 16] = weight[channel * taps + tap]
      }
    }
    return UnsafePointer(packed)
  }

  /// A matrix (rows, depth).
  package func matrix(_ values: [Float], rows: Int) -> Matrix {
    let depth = values.count / rows
    if values.allSatisfy(\.isBFloat16) {
      let pairs = (depth + 1) / 2
      let packed = shorts(blocks(rows) * pairs * 32)
      for row in 0..<rows {
        let panel = packed + (row / 16 * pairs * 16 + row % 16) * 2
        for k in 0..<depth {
          panel[k / 2 * 32 + k % 2] = UInt16(values[row * depth + k].bitPattern >> 16)
        }
      }
      return Matrix(depth: depth, weight: nil, pairs: UnsafePointer(packed))
    }
    let packed = floats(blocks(rows) * depth * 16)
    for row in 0..<rows {
      for k in 0..<depth {
        packed[(row / 16 * depth + k) * 16 + row % 16] = values[row * depth + k]
      }
    }
    return Matrix(depth: depth, weight: UnsafePointer(packed), pairs: nil)
  }
}

/// A matrix for products with a vector: in bfloat16 if every value is one, as in the bundled
/// checkpoints, since half the memory is read in half the time; otherwise in float. Products are the
/// same.
package struct Matrix: BitwiseCopyable {
  package let depth: Int
  package let weight: UnsafePointer<Float>?  // (rows / 16, depth, 16)
  package let pairs: UnsafePointer<UInt16>?  // (rows / 16, depth / 2, 16, 2) instead, in bfloat16

  /// `y` (rows,) = `bias` (rows,) + rows times `x` (depth,)
  ///
  /// - Parameter rows: both ends are multiples of 16, the first row of the matrix is 0
  package func product(
    _ rows: Range<Int>, _ x: UnsafePointer<Float>, adding bias: UnsafePointer<Float>,
    to y: UnsafeMutablePointer<Float>, _ kernels: Kernels
  ) {
    let panels = rows.count / 16
    if let pairs {
      let start = pairs + rows.lowerBound * ((depth + 1) / 2) * 2
      kernels.pointee.productPairs(start, bias, x, depth, y, panels)
    } else if let weight {
      kernels.pointee.product(weight + rows.lowerBound * depth, bias, x, depth, y, panels)
    }
  }
}

/// The taps of a 1x1 convolution in the order of blocked channels.
package func channelOrder(_ inputs: Int) -> [Int?] {
  (0..<blocks(inputs) * 16).map { $0 < inputs ? $0 : nil }
}

/// The taps of a 3x3 stem: from (channel, row, column) to (row, column, channel).
package func stemOrder(_ inputs: Int) -> [Int?] {
  (0..<9 * inputs).map { $0 % inputs * 9 + $0 / inputs }
}

extension Float {
  /// Whether bfloat16 holds it exactly.
  fileprivate var isBFloat16: Bool { bitPattern & 0xffff == 0 }
}

extension UInt16 {
  /// The upper half of a finite float, rounded, ties to even.
  init(roundingToBFloat16 value: Float) {
    let bits = value.bitPattern
    self = UInt16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
  }
}
