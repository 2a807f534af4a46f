import COpenBLAS
import Glibc

/// Convolution, batch norm and PReLU as one: the norm is folded into weights and bias at load.
///
/// `x`: (in, height, width), `y`: (out, height', width'), row-major, zero padding of `kernel / 2`
/// except for the global one (`padding` 0).
struct Convolution {
  let kernel: Int
  let stride: Int
  let padding: Int
  let isDepthwise: Bool
  let outputs: Int
  let inputs: Int
  let weight: [Float]  // (out, in or 1, kernel, kernel)
  let bias: [Float]  // (out,)
  let slope: [Float]?  // (out,) of the PReLU; nil for a linear layer

  func outputSide(_ side: Int) -> Int { (side + 2 * padding - kernel) / stride + 1 }

  /// `side`: height and width of `x`; `columns` is scratch of in * kernel² * side'² for the first
  /// layer's full 3x3 convolution.
  func forward(
    _ x: UnsafePointer<Float>, side: Int, to y: UnsafeMutablePointer<Float>,
    adding residual: UnsafePointer<Float>? = nil, scratch: UnsafeMutablePointer<Float>
  ) {
    let outSide = outputSide(side)
    let area = outSide * outSide
    if isDepthwise {
      for channel in 0..<outputs {
        depthwise(
          x + channel * side * side, side, y + channel * area, outSide,
          channel)
      }
    } else {
      var source = x
      var depth = inputs
      if kernel > 1 {
        unfold(x, side, outSide, scratch)
        source = UnsafePointer(scratch)
        depth = inputs * kernel * kernel
      }
      for channel in 0..<outputs {
        (y + channel * area).update(repeating: bias[channel], count: area)
      }
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(outputs), Int32(area), Int32(depth), 1,
        weight, Int32(depth), source, Int32(area), 1, y, Int32(area))
    }
    if let slope {
      for channel in 0..<outputs {
        let row = y + channel * area
        let s = slope[channel]
        for i in 0..<area { row[i] = row[i] < 0 ? row[i] * s : row[i] }
      }
    }
    if let residual { for i in 0..<outputs * area { y[i] += residual[i] } }
  }

  private func depthwise(
    _ x: UnsafePointer<Float>, _ side: Int, _ y: UnsafeMutablePointer<Float>, _ outSide: Int,
    _ channel: Int
  ) {
    weight.withUnsafeBufferPointer { weight in
      let w = weight.baseAddress! + channel * kernel * kernel
      for row in 0..<outSide {
        for column in 0..<outSide {
          var sum = bias[channel]
          for ky in 0..<kernel {
            let iy = row * stride + ky - padding
            guard iy >= 0, iy < side else { continue }
            for kx in 0..<kernel {
              let ix = column * stride + kx - padding
              if ix >= 0, ix < side { sum += w[ky * kernel + kx] * x[iy * side + ix] }
            }
          }
          y[row * outSide + column] = sum
        }
      }
    }
  }

  /// (in, side, side) -> (in * kernel², side'²)
  private func unfold(
    _ x: UnsafePointer<Float>, _ side: Int, _ outSide: Int, _ columns: UnsafeMutablePointer<Float>
  ) {
    var next = columns
    for channel in 0..<inputs {
      for ky in 0..<kernel {
        for kx in 0..<kernel {
          for row in 0..<outSide {
            let iy = row * stride + ky - padding
            for column in 0..<outSide {
              let ix = column * stride + kx - padding
              let inside = iy >= 0 && iy < side && ix >= 0 && ix < side
              next.pointee = inside ? x[(channel * side + iy) * side + ix] : 0
              next += 1
            }
          }
        }
      }
    }
  }
}

/// One GRU step and the linear decoder behind it (PyTorch's GRU equations, gates r, z, n).
struct Head {
  let inputWeight: [Float]  // (384, 512)
  let hiddenWeight: [Float]  // (384, 128)
  let inputBias: [Float]  // (384,)
  let hiddenBias: [Float]  // (384,)
  let decoderWeight: [Float]  // (n, 128)
  let decoderBias: [Float]  // (n,)

  var outputs: Int { decoderBias.count }

  /// - Returns: the logits (n,) and the new state (128,)
  func forward(_ feature: UnsafePointer<Float>, state: [Float]) -> (logits: [Float], state: [Float])
  {
    let size = EMENetV.stateSize
    var fromInput = inputBias
    var fromState = hiddenBias
    cblas_sgemv(
      CblasRowMajor, CblasNoTrans, Int32(3 * size), Int32(EMENetV.featureSize), 1, inputWeight,
      Int32(EMENetV.featureSize), feature, 1, 1, &fromInput, 1)
    cblas_sgemv(
      CblasRowMajor, CblasNoTrans, Int32(3 * size), Int32(size), 1, hiddenWeight, Int32(size),
      state, 1, 1, &fromState, 1)
    var next = [Float](repeating: 0, count: size)
    for i in 0..<size {
      let reset = sigmoid(fromInput[i] + fromState[i])
      let update = sigmoid(fromInput[size + i] + fromState[size + i])
      let new = tanh(fromInput[2 * size + i] + reset * fromState[2 * size + i])
      next[i] = (1 - update) * new + update * state[i]
    }
    var logits = decoderBias
    cblas_sgemv(
      CblasRowMajor, CblasNoTrans, Int32(outputs), Int32(size), 1, decoderWeight, Int32(size),
      next, 1, 1, &logits, 1)
    return (logits, next)
  }
}

func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
