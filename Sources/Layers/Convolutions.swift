import Kernels

// Layers as the kernels take them: pointers into an arena of weights, no objects. Feature maps are
// blocked: (channels / 16, height * width, 16).

/// A 1x1 convolution or the 3x3 stem, batch norm folded, with its PReLU.
package struct PanelConvolution: BitwiseCopyable {
  package let inputs: Int
  package let outputs: Int
  package let depth: Int  // taps of one output
  package let weight: UnsafePointer<Float>?  // (out / 32, depth, 32)
  package let pairs: UnsafePointer<UInt16>?  // (out / 32, depth / 2, 32, 2) instead, in bfloat16
  package let bias: UnsafePointer<Float>  // (out,)
  package let slope: UnsafePointer<Float>?  // (out,)
  /// A ReLU instead of the PReLU.
  package let isRectified: Bool

  package init(
    inputs: Int, outputs: Int, depth: Int, weight: UnsafePointer<Float>?,
    pairs: UnsafePointer<UInt16>? = nil, bias: UnsafePointer<Float>,
    slope: UnsafePointer<Float>?, isRectified: Bool = false
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.depth = depth
    self.weight = weight
    self.pairs = pairs
    self.bias = bias
    self.slope = slope
    self.isRectified = isRectified
  }

  package var panelCount: Int { panels(outputs) }

  /// Number of blocks of 16 outputs in panel `index`.
  package func blockCount(ofPanel index: Int) -> Int { min(2, blocks(outputs) - 2 * index) }

  package func panel(_ index: Int) -> kernel_panel {
    kernel_panel(
      weight: weight.map { $0 + index * depth * 32 },
      pairs: pairs.map { $0 + index * depth * 32 }, bias: bias + index * 32,
      slope: slope.map { $0 + index * 32 }, blocks: blockCount(ofPanel: index),
      isRectified: isRectified)
  }

  /// Computes `count` pixels of a panel from pixel `start` of a map on.
  ///
  /// - Parameters:
  ///   - mapBlock: numbers from one block of `x` to the next
  ///   - residual: added to the result; has the layout of `y` and may be `y`
  ///   - short: also receives the result if the layer is in bfloat16; has the layout of `y`
  ///   - yBlock: floats from one block of `y` to the next
  @inline(__always)
  package func pixels(
    _ start: Int, _ count: Int, of x: FeatureMap, mapBlock: Int, _ panel: inout kernel_panel,
    adding residual: UnsafePointer<Float>? = nil, to y: UnsafeMutablePointer<Float>,
    short: UnsafeMutablePointer<UInt16>? = nil, yBlock: Int, _ kernels: Kernels
  ) {
    if pairs != nil {
      kernels.pointee.pointwisePairs!(
        &panel, x.short + start * 16, mapBlock, blocks(inputs), residual, y, short, yBlock,
        count)
    } else {
      kernels.pointee.pointwise(
        &panel, x.values + start * 16, mapBlock, blocks(inputs), residual, y, yBlock, count)
    }
  }

  /// Computes all pixels of a feature map, panel by panel: a panel's weights stay in the
  /// first-level cache while the map streams past.
  ///
  /// - Parameters:
  ///   - xBlock: floats from one block of `x` to the next; nil if the blocks are adjacent
  ///   - yBlock: the same for `y`
  package func forward(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, area: Int,
    xBlock: Int? = nil, yBlock: Int? = nil, _ kernels: Kernels, _ worker: inout Worker
  ) {
    let yBlock = yBlock ?? area * 16
    worker.parallelFor(panelCount) { index in
      let place = index * 2 * yBlock
      var panel = panel(index)
      kernels.pointee.pointwise(
        &panel, x, xBlock ?? area * 16, blocks(inputs), nil, y + place, yBlock, area)
    }
  }

  /// The same from map to map, band by band, in the layer's precision. A layer in bfloat16 gives
  /// both forms.
  ///
  /// - Parameter isResidual: adds to `y`
  package func forward(
    _ x: FeatureMap, to y: FeatureMap, size: MapSize, isResidual: Bool, _ kernels: Kernels,
    _ worker: inout Worker
  ) {
    let block = size.area * 16
    let bands = worker.bands(rows: size.height)
    worker.parallelFor(bands * panelCount) { piece in
      let index = piece % panelCount
      let rows = size.height.band(piece / panelCount, of: bands)
      let (start, count) = (rows.lowerBound * size.width, rows.count * size.width)
      let place = index * 2 * block + start * 16
      let target = y.values + place
      var panel = panel(index)
      pixels(
        start, count, of: x, mapBlock: block, &panel,
        adding: isResidual ? UnsafePointer(target) : nil, to: target, short: y.short + place,
        yBlock: block, kernels)
    }
  }
}

/// A depthwise convolution, batch norm folded, with its PReLU.
package struct DepthwiseConvolution: BitwiseCopyable {
  package let channels: Int
  package let taps: Int
  package let weight: UnsafePointer<Float>  // (channels / 16, taps, 16)
  package let bias: UnsafePointer<Float>  // (channels,)
  package let slope: UnsafePointer<Float>?  // (channels,)
  /// A ReLU instead of the PReLU.
  package let isRectified: Bool

  package init(
    channels: Int, taps: Int, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    slope: UnsafePointer<Float>?, isRectified: Bool = false
  ) {
    self.channels = channels
    self.taps = taps
    self.weight = weight
    self.bias = bias
    self.slope = slope
    self.isRectified = isRectified
  }

  package func block(_ index: Int) -> kernel_depthwise {
    kernel_depthwise(
      weight: weight + index * taps * 16, bias: bias + index * 16,
      slope: slope.map { $0 + index * 16 }, isRectified: isRectified)
  }
}

/// expand 1x1 -> depthwise 3x3 -> project 1x1, with a shortcut if the shape does not change.
package struct Bottleneck: BitwiseCopyable {
  package let expand: SeparableConvolution
  package let project: PanelConvolution
  package let side: Int  // of the input
  package let isResidual: Bool

  package init(
    expand: SeparableConvolution, project: PanelConvolution, side: Int, isResidual: Bool
  ) {
    self.expand = expand
    self.project = project
    self.side = side
    self.isResidual = isResidual
  }

  package var outputSide: Int { expand.outputSize(MapSize(side, side)).width }

  /// - Parameters:
  ///   - x: (in, side²), becomes (out, outputSide²)
  ///   - wide: (wide, outputSide²)
  package func forward(
    _ x: FeatureMap, wide: FeatureMap, ring: UnsafeMutablePointer<Float>, _ kernels: Kernels,
    _ worker: inout Worker
  ) {
    expand.forward(x, to: wide, size: MapSize(side, side), ring: ring, kernels, &worker)
    worker.barrier()
    project.forward(
      wide, to: x, size: MapSize(outputSide, outputSide), isResidual: isResidual, kernels, &worker)
    worker.barrier()
  }
}

/// The last 1x1 convolution and the global depthwise one after it, 32 channels at a time.
package struct GlobalFeature: BitwiseCopyable {
  package let separate: PanelConvolution
  package let global: DepthwiseConvolution
  package let area: Int

  package init(separate: PanelConvolution, global: DepthwiseConvolution, area: Int) {
    self.separate = separate
    self.global = global
    self.area = area
  }

  package static func scratchSize(area: Int) -> Int { 2 * area * 16 }

  /// `x`: (in, area), `feature`: (out,), `scratch`: owned by this thread
  package func forward(
    _ x: FeatureMap, to feature: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ worker: inout Worker
  ) {
    worker.parallelFor(separate.panelCount) { index in
      var panel = separate.panel(index)
      separate.pixels(
        0, area, of: x, mapBlock: area * 16, &panel, to: scratch, yBlock: area * 16, kernels)
      for half in 0..<separate.blockCount(ofPanel: index) {
        var weights = global.block(2 * index + half)
        kernels.pointee.global(
          &weights, scratch + half * area * 16, area, feature + (2 * index + half) * 16)
      }
    }
    worker.barrier()
  }
}
