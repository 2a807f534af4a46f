import Kernels

// Layers as the kernels take them: pointers into a slab of weights, no objects. Pictures are
// blocked: (channels / 16, side * side, 16).

/// A 1x1 convolution or the 3x3 stem, batch norm folded, with its PReLU.
struct PanelConvolution {
  let inputs: Int
  let outputs: Int
  let depth: Int  // taps of one output
  let weight: UnsafePointer<Float>  // (out / 32, depth, 32)
  let bias: UnsafePointer<Float>  // (out,)
  let slope: UnsafePointer<Float>?  // (out,)

  var panelCount: Int { panels(outputs) }

  func panel(_ index: Int) -> kernel_panel {
    kernel_panel(
      weight: weight + index * depth * 32, bias: bias + index * 32,
      slope: slope.map { $0 + index * 32 })
  }

  /// All pixels of a picture, panel by panel: a panel's weights stay in the first cache while the
  /// picture streams past.
  ///
  /// - Parameters:
  ///   - residual: (out, area) added to the result, lies as `y` does and may be `y`
  ///   - xBlock: floats from one block of `x` to the next; nil where the blocks touch
  ///   - yBlock: of `y`
  func forward(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, area: Int,
    adding residual: UnsafePointer<Float>? = nil, xBlock: Int? = nil, yBlock: Int? = nil,
    _ kernels: Kernels, _ share: inout Share
  ) {
    let yBlock = yBlock ?? area * 16
    share.eachPiece(of: panelCount) { index in
      let place = index * 2 * yBlock
      var panel = panel(index)
      kernels.pointee.pointwise(
        &panel, x, xBlock ?? area * 16, blocks(inputs), residual.map { $0 + place }, y + place,
        yBlock, area)
    }
  }
}

/// A depthwise convolution, batch norm folded, with its PReLU.
struct DepthwiseConvolution {
  let channels: Int
  let taps: Int
  let weight: UnsafePointer<Float>  // (channels / 16, taps, 16)
  let bias: UnsafePointer<Float>  // (channels,)
  let slope: UnsafePointer<Float>?  // (channels,)

  func block(_ index: Int) -> kernel_depthwise {
    kernel_depthwise(
      weight: weight + index * taps * 16, bias: bias + index * 16,
      slope: slope.map { $0 + index * 16 })
  }
}

/// A convolution that widens and the 3x3 depthwise one behind it, as one: 32 channels at a time,
/// row by row through a ring of four rows, so that the wide picture in the middle never leaves the
/// first cache.
struct Widening {
  let wide: PanelConvolution
  let depthwise: DepthwiseConvolution
  let side: Int  // of the wide picture
  let stride: Int  // of the depthwise convolution

  var outputSide: Int { (side - 1) / stride + 1 }

  /// The ring's four rows and a row of zeros above and below the picture, each with a pixel of
  /// zeros at both ends: (5, 2, side + 2, 16).
  static func ringSize(side: Int) -> Int { 5 * 2 * (side + 2) * 16 }

  /// - Parameters:
  ///   - y: (wide, outputSide², 16)
  ///   - ring: this thread's own
  ///   - widen: writes row `row` of a panel to blocks that are `distance` floats apart
  @inline(__always)
  private func forward(
    to y: UnsafeMutablePointer<Float>, ring: UnsafeMutablePointer<Float>, _ kernels: Kernels,
    _ share: inout Share,
    widen: (
      _ panel: inout kernel_panel, _ row: Int, _ target: UnsafeMutablePointer<Float>,
      _ distance: Int
    ) -> Void
  ) {
    let block = (side + 2) * 16
    let zeros = ring + 4 * 2 * block
    ring.update(repeating: 0, count: Self.ringSize(side: side))
    share.eachPiece(of: wide.panelCount) { index in
      var panel = wide.panel(index)
      var next = 0
      for row in 0..<outputSide {
        let middle = row * stride
        while next <= min(middle + 1, side - 1) {
          widen(&panel, next, ring + next % 4 * 2 * block + 16, block)
          next += 1
        }
        let top = middle == 0 ? zeros : ring + (middle - 1) % 4 * 2 * block
        let bottom = middle + 1 >= side ? zeros : ring + (middle + 1) % 4 * 2 * block
        let center = ring + middle % 4 * 2 * block
        for half in 0..<2 {
          var weights = depthwise.block(2 * index + half)
          let target = y + ((2 * index + half) * outputSide + row) * outputSide * 16
          kernels.pointee.depthwise(
            &weights, top + half * block, center + half * block, bottom + half * block, stride,
            target, outputSide)
        }
      }
    }
  }

  /// `x`: (in, side²), widened by a 1x1 convolution.
  func forward(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>,
    ring: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ share: inout Share
  ) {
    let depth = blocks(wide.inputs)
    forward(to: y, ring: ring, kernels, &share) { panel, row, target, distance in
      kernels.pointee.pointwise(
        &panel, x + row * side * 16, side * side * 16, depth, nil, target, distance, side)
    }
  }

  /// `input`: a ``Picture``, widened by the stem.
  func forward(
    picture input: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>,
    ring: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ share: inout Share
  ) {
    forward(to: y, ring: ring, kernels, &share) { panel, row, target, distance in
      kernels.pointee.stem(
        &panel, input + 2 * row * Picture.row, Picture.row, target, distance, side)
    }
  }
}

/// expand 1x1 -> depthwise 3x3 -> project 1x1, with a shortcut where the shape stays.
struct Bottleneck {
  let widening: Widening
  let project: PanelConvolution
  let isResidual: Bool

  /// - Parameters:
  ///   - x: (in, side²), becomes (out, side'²)
  ///   - wide: (wide, side'²)
  func forward(
    _ x: UnsafeMutablePointer<Float>, wide: UnsafeMutablePointer<Float>,
    ring: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ share: inout Share
  ) {
    widening.forward(x, to: wide, ring: ring, kernels, &share)
    share.meet()
    project.forward(
      wide, to: x, area: widening.outputSide * widening.outputSide,
      adding: isResidual ? UnsafePointer(x) : nil, kernels, &share)
    share.meet()
  }
}

/// The last 1x1 convolution and the global depthwise one behind it, 32 channels at a time.
struct GlobalFeature {
  let separate: PanelConvolution
  let global: DepthwiseConvolution
  let area: Int

  static func scratchSize(area: Int) -> Int { 2 * area * 16 }

  /// `x`: (in, area), `feature`: (out,), `scratch`: this thread's own
  func forward(
    _ x: UnsafePointer<Float>, to feature: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ share: inout Share
  ) {
    share.eachPiece(of: separate.panelCount) { index in
      var panel = separate.panel(index)
      kernels.pointee.pointwise(
        &panel, x, area * 16, blocks(separate.inputs), nil, scratch, area * 16, area)
      for half in 0..<2 {
        var weights = global.block(2 * index + half)
        kernels.pointee.global(
          &weights, scratch + half * area * 16, area, feature + (2 * index + half) * 16)
      }
    }
    share.meet()
  }
}
