import Layers

extension NetworkBenchmark {
  /// All matrix products of a pass; products of the same shape are listed once and counted.
  static func products(of pass: EMENetV.Pass, _ kernels: Kernels) -> [Product] {
    var products: [Product] = []
    func add(_ product: @autoclosure () -> Product, named name: String) {
      if let index = products.firstIndex(where: { $0.name == name }) {
        products[index].count += 1
      } else {
        products.append(product())
      }
    }
    let openBLAS = OpenBLAS()
    for block in pass.bottlenecks {
      for (layer, side, isByRow) in [
        (block.expand.pointwise, block.side, true),
        (block.project, block.outputSide, false),
      ] {
        let name = convolutionName(layer, side)
        add(convolution(layer, side, isByRow, kernels, openBLAS), named: name)
      }
    }
    let last = pass.feature.separate
    add(convolution(last, 7, false, kernels, openBLAS), named: convolutionName(last, 7))
    products.append(gateProduct(pass.heads, kernels, openBLAS))
    return products
  }

  private static func convolutionName(_ layer: PanelConvolution, _ side: Int) -> String {
    "\(layer.inputs) -> \(layer.outputs), \(side * side) px"
  }

  /// - Parameter isByRow: runs row by row into a ring buffer, as before a depthwise layer
  private static func convolution(
    _ layer: PanelConvolution, _ side: Int, _ isByRow: Bool, _ kernels: Kernels,
    _ openBLAS: OpenBLAS?
  ) -> Product {
    let area = side * side
    let size = max(layer.inputs, layer.outputs) * area
    let arena = Arena(bytes: 12 * size + 4 * layer.inputs * layer.outputs + 4096)
    let (x, y) = (FeatureMap(size, in: arena), FeatureMap(size, in: arena))
    x.values.update(repeating: 0.5, count: size)
    x.short.update(repeating: 0x3f00, count: size)
    let ours = shortest {
      guard isByRow else {
        var worker = Worker.alone
        return layer.forward(
          x, to: y, size: MapSize(side, side), isResidual: false, kernels, &worker)
      }
      for index in 0..<layer.panelCount {
        var panel = layer.panel(index)
        for row in 0..<side {
          layer.pixels(
            row * side, side, of: x, mapBlock: area * 16, &panel,
            to: y.values + row % 4 * 2 * side * 16, yBlock: side * 16, kernels)
        }
      }
    }
    // Numbers: all of memory that was never written is the same page of zeros.
    let weight =
      layer.weight
      ?? UnsafePointer(arena.floats([Float](repeating: 0.5, count: layer.inputs * layer.outputs)))
    // Pixels x channels times channels x outputs, the layout that suits OpenBLAS best.
    let theirs = shortest {
      openBLAS?.matrixProduct(
        OpenBLAS.rowMajor, OpenBLAS.asItIs, OpenBLAS.asItIs, Int32(area), Int32(layer.outputs),
        Int32(layer.inputs), 1, x.values, Int32(layer.inputs), weight, Int32(layer.outputs), 0,
        y.values,
        Int32(layer.outputs))
    }
    return Product(
      name: convolutionName(layer, side), count: 1, isConvolution: true,
      operations: layer.operations(area: area), milliseconds: ours,
      openBLASMilliseconds: openBLAS == nil ? .nan : theirs)
  }

  private static func gateProduct(
    _ heads: Heads, _ kernels: Kernels, _ openBLAS: OpenBLAS?
  ) -> Product {
    let rows = heads.count * 3 * EMENetV.stateSize
    let depth = EMENetV.featureSize
    let arena = Arena(bytes: (rows + 1) * (depth + 1) * 4 + 4096)
    let x = arena.floats([Float](repeating: 0.5, count: depth))
    let y = arena.floats(rows)
    let weight =
      heads.input.weight
      ?? UnsafePointer(arena.floats([Float](repeating: 0.5, count: rows * depth)))
    return Product(
      name: "\(depth) -> \(rows), heads", count: 1, isConvolution: false,
      operations: 2 * rows * depth,
      milliseconds: shortest {
        heads.input.product(0..<rows, x, adding: heads.inputBias, to: y, kernels)
      },
      openBLASMilliseconds: openBLAS == nil
        ? .nan
        : shortest {
          openBLAS?.vectorProduct(
            OpenBLAS.rowMajor, OpenBLAS.asItIs, Int32(rows), Int32(depth), 1, weight,
            Int32(depth), x,
            1, 0, y, 1)
        })
  }

  private static func shortest(_ work: () -> Void) -> Double {
    (0..<50).map { _ in Inference.milliseconds(work) }.min() ?? .infinity
  }
}

extension EMENetV.Pass {
  /// Operations per stage, in the order of `EMENetV.stageNames`.
  var operations: [Int] {
    let blocks = bottlenecks.map { block -> Int in
      let outputArea = block.outputSide * block.outputSide
      return block.expand.operations(MapSize(block.side, block.side))
        + block.project.operations(area: outputArea)
    }
    return [stem.operations(MapSize(56, 56))] + blocks
      + [
        feature.separate.operations(area: feature.area)
          + 2 * feature.area * feature.global.channels,
        heads.operations,
      ]
  }
}

extension Heads {
  var operations: Int {
    2 * count * 3 * Self.size * (EMENetV.featureSize + Self.size)
      + 2 * Self.size * Self.outputs.prefix(count).reduce(0, +)
  }
}
