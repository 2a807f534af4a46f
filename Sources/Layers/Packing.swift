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

  /// A matrix (rows, depth) to (rows / 16, depth, 16).
  package func rowWeights(_ weight: [Float], rows: Int) -> UnsafePointer<Float> {
    let depth = weight.count / rows
    let packed = floats(blocks(rows) * depth * 16)
    for row in 0..<rows {
      for k in 0..<depth {
        packed[(row / 16 * depth + k) * 16 + row % 16] = weight[row * depth + k]
      }
    }
    return UnsafePointer(packed)
  }
}

/// The taps of a 1x1 convolution in the order of blocked channels.
package func channelOrder(_ inputs: Int) -> [Int?] {
  (0..<blocks(inputs) * 16).map { $0 < inputs ? $0 : nil }
}

/// The 27 taps of the stem: from (colour, row, column) to (row, column, colour).
package let stemOrder: [Int?] = (0..<27).map { $0 % 3 * 9 + $0 / 3 }

extension UInt16 {
  /// The upper half of a finite float, rounded, ties to even.
  init(roundingToBFloat16 value: Float) {
    let bits = value.bitPattern
    self = UInt16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
  }
}
