import Kernels

/// Width and height of a feature map.
package struct MapSize: Hashable, Sendable {
  package var width: Int
  package var height: Int

  package init(_ width: Int, _ height: Int) {
    self.width = width
    self.height = height
  }

  package var area: Int { width * height }
  package var halved: MapSize { MapSize(width / 2, height / 2) }
}

/// A 1x1 convolution fused with the 3x3 depthwise one after it: 32 channels at a time, row by row
/// through a ring of four rows, so that the map between them never leaves the first-level cache.
package struct SeparableConvolution: BitwiseCopyable {
  package let pointwise: PanelConvolution
  package let depthwise: DepthwiseConvolution
  package let stride: Int  // of the depthwise convolution
  /// Whether 2x2 max pooling follows.
  package let isPooled: Bool

  package init(
    pointwise: PanelConvolution, depthwise: DepthwiseConvolution, stride: Int = 1,
    isPooled: Bool = false
  ) {
    precondition(!isPooled || stride == 1, "pooling follows a stride of 1")
    self.pointwise = pointwise
    self.depthwise = depthwise
    self.stride = stride
    self.isPooled = isPooled
  }

  /// Output size for a map of `size`, which is even if there is pooling.
  package func outputSize(_ size: MapSize) -> MapSize {
    let step = isPooled ? 2 : stride
    return MapSize((size.width - 1) / step + 1, (size.height - 1) / step + 1)
  }

  /// Floats of the ring: four rows plus a row of zeros above and below the map, each with a pixel
  /// of zeros at both ends, (5, 2, width + 2, 16), and two rows waiting to be pooled, (2, width, 16).
  package static func ringSize(width: Int) -> Int { (5 * 2 * (width + 2) + 2 * width) * 16 }

  /// - Parameters:
  ///   - y: (out, output size, 16)
  ///   - short: receives the output in bfloat16, in place of `y`
  ///   - size: that of the map between the two convolutions
  ///   - yBlock: floats from one block of `y` to the next; nil if the blocks are adjacent
  ///   - ring: owned by this thread
  ///   - fill: writes row `row` of a panel to blocks that are `distance` floats apart
  @inline(__always)
  package func forward(
    to y: UnsafeMutablePointer<Float>, short: UnsafeMutablePointer<UInt16>? = nil, size: MapSize,
    yBlock: Int? = nil, ring: UnsafeMutablePointer<Float>, _ kernels: Kernels,
    _ worker: inout Worker,
    fill: (
      _ panel: inout kernel_panel, _ row: Int, _ target: UnsafeMutablePointer<Float>,
      _ distance: Int
    ) -> Void
  ) {
    let block = (size.width + 2) * 16
    let zeros = ring + 4 * 2 * block
    let waiting = ring + 5 * 2 * block  // (2 rows, width, 16)
    let outputSize = outputSize(size)
    let yBlock = yBlock ?? outputSize.area * 16
    let rows = isPooled ? size.height : outputSize.height
    zeros.update(repeating: 0, count: 2 * block)
    for line in 0..<8 {
      (ring + line * block).update(repeating: 0, count: 16)
      (ring + (line + 1) * block - 16).update(repeating: 0, count: 16)
    }
    func mapRow(_ row: Int) -> UnsafeMutablePointer<Float> {
      row < 0 || row >= size.height ? zeros : ring + row % 4 * 2 * block
    }
    let bands = worker.bands(rows: size.height)
    worker.parallelFor(bands * pointwise.panelCount) { piece in
      let index = piece % pointwise.panelCount
      // A pair of rows is not divided: one by one, they may differ in the last bit.
      let band = rows.band(
        piece / pointwise.panelCount, of: bands, multiple: stride == 1 ? 2 : 1)
      var panel = pointwise.panel(index)
      var next = max(0, band.lowerBound * stride - 1)
      var row = band.lowerBound
      while row < band.upperBound {
        let middle = row * stride
        // Two rows together cost less than two rows one by one.
        let isPair = stride == 1 && row + 1 < rows
        while next <= min(middle + (isPair ? 2 : 1), size.height - 1) {
          fill(&panel, next, ring + next % 4 * 2 * block + 16, block)
          next += 1
        }
        for half in 0..<pointwise.blockCount(ofPanel: index) {
          var weights = depthwise.block(2 * index + half)
          let at = half * block
          let place = (2 * index + half) * yBlock
          let output = y + place
          let first = row * outputSize.width * 16
          let target = isPooled ? waiting : output + first
          let rounded = isPooled ? nil : short.map { $0 + place + first }
          if isPair {
            kernels.pointee.depthwisePair(
              &weights, mapRow(middle - 1) + at, mapRow(middle) + at, mapRow(middle + 1) + at,
              mapRow(middle + 2) + at, target, rounded, size.width)
          } else {
            kernels.pointee.depthwise(
              &weights, mapRow(middle - 1) + at, mapRow(middle) + at, mapRow(middle + 1) + at,
              stride, target, rounded, isPooled ? size.width : outputSize.width)
          }
          if isPooled {
            let pooled = row / 2 * outputSize.width * 16
            kernels.pointee.pool(
              waiting, waiting + size.width * 16, short == nil ? output + pooled : waiting,
              outputSize.width)
            if let short {
              kernels.pointee.shorten!(waiting, short + place + pooled, outputSize.width * 16)
            }
          }
        }
        row += isPair ? 2 : 1
      }
    }
  }
}

extension SeparableConvolution {
  /// `x`: (in, size, 16) to (out, output size, 16), in the precision of the 1x1 convolution.
  ///
  /// - Parameter short: receives the output in bfloat16, in place of `y`
  package func forward(
    _ x: FeatureMap, to y: UnsafeMutablePointer<Float>, short: UnsafeMutablePointer<UInt16>? = nil,
    size: MapSize, ring: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ worker: inout Worker
  ) {
    forward(to: y, short: short, size: size, ring: ring, kernels, &worker) {
      panel, row, target, distance in
      pointwise.pixels(
        row * size.width, size.width, of: x, mapBlock: size.area * 16, &panel, to: target,
        yBlock: distance, kernels)
    }
  }

  /// The same from map to map.
  package func forward(
    _ x: FeatureMap, to y: FeatureMap, size: MapSize, ring: UnsafeMutablePointer<Float>,
    _ kernels: Kernels, _ worker: inout Worker
  ) {
    let short = pointwise.pairs == nil ? nil : y.short
    forward(x, to: y.values, short: short, size: size, ring: ring, kernels, &worker)
  }
}
