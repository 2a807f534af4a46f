import Kernels
import Layers

/// YuNet-s (Wu, Peng and Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector"): a backbone of
/// separable convolutions, a neck that adds coarse maps to finer ones, and a head on each of three
/// scales. One set of weights handles pictures of any size. A look writes only to a ``Workspace``
/// that was planned for its size.
final class YuNet {
  /// Pixels of the picture per cell of each scale.
  static let strides = [8, 16, 32]
  /// Outputs of a head per cell: class and object logits, box (4), five points (10).
  static let values = 16

  let kernels: Kernels
  /// Of the 1x1 convolutions.
  let precision: Precision
  /// Plain pointers, so that a pass touches no object. Valid as long as the network exists.
  private let pass: Pass
  private let arena = Arena(bytes: 1 << 20)

  private struct Pass {
    let stem: PanelConvolution  // 3 -> 16
    let first: SeparableConvolution  // model0's, pooled
    let backbone: UnsafeBufferPointer<SeparableConvolution>  // model1 to model5, two each
    let neck: UnsafeBufferPointer<SeparableConvolution>  // of stride 8, 16, 32
    let heads: UnsafeBufferPointer<SeparableConvolution>  // of stride 8, 16, 32
  }

  /// - Parameter precision: one that `kernels` support
  init(
    _ checkpoint: Checkpoint, kernels: KernelSet = .fastest, precision: Precision = .f32
  ) throws(CheckpointError) {
    precondition(kernels.supports(precision), "\(kernels.name) has no products of such numbers")
    self.kernels = kernels.pointer
    self.precision = precision
    var weights = DetectorWeights(checkpoint, into: arena, precision)
    let stem = weights.stem()
    let first = weights.unit("backbone.model0.dp", 16, 16, isPooled: true)
    var backbone: [SeparableConvolution] = []
    for (model, inputs, outputs) in [
      (1, 16, 32), (2, 32, 64), (3, 64, 64), (4, 64, 64), (5, 64, 64),
    ] {
      let name = "backbone.model\(model)"
      // The maps of stride 8 and 16 are needed whole, so their pooling is a separate step.
      backbone.append(weights.unit("\(name).dp1", inputs, inputs))
      backbone.append(weights.unit("\(name).dp2", inputs, outputs, isPooled: model == 2))
    }
    let neck = (0..<3).map { weights.unit("neck.lateral_convs.\($0)", 64, 64) }
    let heads = (0..<3).map { weights.head(level: $0) }
    pass = Pass(
      stem: stem, first: first, backbone: arena.constants(backbone), neck: arena.constants(neck),
      heads: arena.constants(heads))
    try weights.finish()
  }

  /// The intermediate values of a look at a picture of one size.
  struct Workspace {
    /// Size of the picture, multiples of 32.
    let size: MapSize
    /// Three rows of the picture, blue, green and red from 0 to 255, with a pixel of zeros to the
    /// left: (3, width + 1, 3).
    fileprivate let input: UnsafeMutablePointer<Float>
    /// Floats from one row of `input` to the next.
    fileprivate var inputRow: Int { (size.width + 1) * 3 }
    /// The heads' values, (cells, 16), for strides 8, 16 and 32.
    let values: [UnsafeMutablePointer<Float>]

    fileprivate let row: FeatureMap  // (width / 2, 16), of the stem
    fileprivate let ring: UnsafeMutablePointer<Float>
    fileprivate let quarter: [FeatureMap]  // two of (32, size / 4)
    fileprivate let maps: [FeatureMap]  // (64, size / stride), of each stride
    fileprivate let spare: FeatureMap  // (64, size / 8)
    private let arena: Arena

    init(_ size: MapSize) {
      precondition(size.width % 32 == 0 && size.height % 32 == 0, "sides are multiples of 32")
      self.size = size
      let areas = YuNet.strides.map { (size.width / $0) * (size.height / $0) }
      let counts =
        [3 * 3 * (size.width + 1), SeparableConvolution.ringSize(width: size.width / 2)]
        + areas.map { YuNet.values * $0 }
      let mapCounts =
        [size.width / 2 * 16, 2 * size.area, 2 * size.area] + areas.map { 64 * $0 }
        + [64 * areas[0]]
      let arena = Arena(
        bytes: counts.reduce(0) { $0 + 4 * $1 + 64 } + mapCounts.reduce(0) { $0 + 6 * $1 + 128 })
      let buffers = counts.map { arena.floats($0) }
      let maps = mapCounts.map { FeatureMap($0, in: arena) }
      self.arena = arena
      input = buffers[0]
      ring = buffers[1]
      values = Array(buffers[2...])
      row = maps[0]
      quarter = Array(maps[1...2])
      self.maps = Array(maps[3...5])
      spare = maps[6]
    }
  }

  /// Runs the network from the rows of a picture to `work.values`, on this thread.
  func forward(_ picture: LookRows, _ work: Workspace) {
    let mode = float_mode_flush()
    defer { float_mode_restore(mode) }
    var worker = Worker.alone
    let (pass, kernels) = (pass, kernels)
    let half = work.size.halved
    let quarter = half.halved

    // (3, h, w) -> stem (16, h / 2, w / 2) -> model0 (16, h / 4, w / 4)
    var stem = pass.stem.panel(0)
    let input = work.input
    let inputRow = work.inputRow
    (input + 2 * inputRow).update(repeating: 0, count: inputRow)
    func unit(
      _ unit: SeparableConvolution, _ x: FeatureMap, _ y: FeatureMap, _ size: MapSize
    ) {
      unit.forward(x, to: y, size: size, ring: work.ring, kernels, &worker)
    }
    /// The same with the result in float in any precision.
    func unit(
      _ unit: SeparableConvolution, _ x: FeatureMap, _ y: UnsafeMutablePointer<Float>,
      _ size: MapSize
    ) {
      unit.forward(x, to: y, size: size, ring: work.ring, kernels, &worker)
    }
    pass.first.forward(
      to: work.quarter[0].values, short: precision == .bf16 ? work.quarter[0].short : nil,
      size: half,
      ring: work.ring, kernels, &worker
    ) { panel, row, target, distance in
      // The last row that the stem saw is the first that it now sees.
      input.update(from: input + 2 * inputRow, count: inputRow)
      picture.write(2 * row, to: input + inputRow + 3)
      picture.write(2 * row + 1, to: input + 2 * inputRow + 3)
      kernels.pointee.stem(&stem, input, inputRow, 3, work.row.values, 0, half.width)
      round(work.row, half.width * 16)
      pass.first.pointwise.pixels(
        0, half.width, of: work.row, mapBlock: 0, &panel, to: target, yBlock: distance, kernels)
    }
    // model1 (32, h / 4, w / 4), model2 (64, h / 8, w / 8)
    unit(pass.backbone[0], work.quarter[0], work.quarter[1], quarter)
    unit(pass.backbone[1], work.quarter[1], work.quarter[0], quarter)
    unit(pass.backbone[2], work.quarter[0], work.quarter[1], quarter)
    unit(pass.backbone[3], work.quarter[1], work.maps[0], quarter)
    // model3 (64, h / 8, w / 8), model4 (64, h / 16, w / 16), model5 (64, h / 32, w / 32)
    var size = quarter.halved
    for level in 0..<3 {
      if level > 0 {
        pool(work.maps[level - 1].values, to: work.maps[level], size)
        size = size.halved
      }
      unit(pass.backbone[4 + 2 * level], work.maps[level], work.spare, size)
      unit(pass.backbone[5 + 2 * level], work.spare, work.maps[level].values, size)
    }
    // The neck, from coarse to fine, and the heads, in float from the neck's sums on.
    round(work.maps[2], 64 * size.area)
    for level in stride(from: 2, through: 0, by: -1) {
      unit(pass.neck[level], work.maps[level], work.spare.values, size)
      unit(pass.heads[level], work.spare, work.values[level], size)
      guard level > 0 else { break }
      enlarge(work.spare.values, size, addingTo: work.maps[level - 1])
      size = MapSize(2 * size.width, 2 * size.height)
    }
  }

  /// Maximum of 2x2 pixels of `x` (64, size), in the network's precision.
  private func pool(_ x: UnsafeMutablePointer<Float>, to y: FeatureMap, _ size: MapSize) {
    let halved = size.halved
    for row in 0..<4 * halved.height {
      let top = x + 2 * row * size.width * 16
      let place = row * halved.width * 16
      kernels.pointee.pool(top, top + size.width * 16, y.values + place, halved.width)
      round(y, from: place, halved.width * 16)
    }
  }

  /// Adds each pixel of `x` (64, size) to 2x2 pixels of `y`, whose sums are in float and in the
  /// network's precision.
  private func enlarge(
    _ x: UnsafeMutablePointer<Float>, _ size: MapSize, addingTo y: FeatureMap
  ) {
    let row = size.width * 16
    for index in 0..<4 * size.height {
      for half in 0..<2 {
        let place = (4 * index + 2 * half) * row
        kernels.pointee.enlarge(x + index * row, y.values + place, size.width)
        round(y, from: place, 2 * row)
      }
    }
  }

  /// Rounds a part of a map to the network's precision.
  private func round(_ map: FeatureMap, from start: Int = 0, _ count: Int) {
    guard precision == .bf16 else { return }
    kernels.pointee.shorten!(map.values + start, map.short + start, count)
  }

  /// Floating-point operations of a look at a picture of `size`, two per multiply-add.
  func operations(_ size: MapSize) -> Int {
    func maps(_ stride: Int) -> MapSize { MapSize(size.width / stride, size.height / stride) }
    let strides = [4, 4, 4, 4, 8, 8, 16, 16, 32, 32]
    let backbone = zip(pass.backbone, strides).reduce(0) { $0 + $1.0.operations(maps($1.1)) }
    let levels = (0..<3).reduce(0) { sum, level in
      let size = maps(Self.strides[level])
      return sum + pass.neck[level].operations(size) + pass.heads[level].operations(size)
    }
    return pass.stem.operations(area: size.halved.area) + pass.first.operations(size.halved)
      + backbone + levels
  }
}
