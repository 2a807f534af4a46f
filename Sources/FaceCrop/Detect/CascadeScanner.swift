/// A cascade made ready for integral images of one stride: every rectangle is four offsets.
struct CascadeScanner: Sendable {
  private struct Rectangle {
    var topLeft: Int32
    var topRight: Int32
    var bottomLeft: Int32
    var bottomRight: Int32
    var weight: Float

    init(_ area: HaarCascade.WeightedRectangle, stride: Int) {
      topLeft = Int32(area.y * stride + area.x)
      topRight = topLeft + Int32(area.width)
      bottomLeft = topLeft + Int32(area.height * stride)
      bottomRight = bottomLeft + Int32(area.width)
      weight = area.weight
    }
  }

  private struct Node {
    var first: Rectangle
    var second: Rectangle
    var third: Rectangle
    /// Few features have three rectangles.
    var hasThird: Bool
    var threshold: Float
    var left: Int32
    var right: Int32
  }

  private struct Tree {
    /// Into `nodes` and `leaves`.
    var nodes: Int32
    var leaves: Int32
  }

  private struct Stage {
    var trees: Range<Int>
    var threshold: Float
  }

  private typealias Lanes = SIMD8<Float>

  /// px of a window
  let width: Int
  let height: Int
  private let stride: Int
  private var nodes: [Node] = []
  private var leaves: [Float] = []
  private var trees: [Tree] = []
  private var stages: [Stage] = []
  /// The window without its border, over which its standard deviation is taken.
  private let inner: Rectangle
  private let innerArea: Float

  init(_ cascade: HaarCascade, stride: Int) {
    width = cascade.width
    height = cascade.height
    self.stride = stride
    inner = Rectangle(
      .init(x: 1, y: 1, width: width - 2, height: height - 2, weight: 1), stride: stride)
    innerArea = Float((width - 2) * (height - 2))
    for stage in cascade.stages {
      let first = trees.count
      for tree in stage.trees {
        trees.append(Tree(nodes: Int32(nodes.count), leaves: Int32(leaves.count)))
        leaves += tree.leaves
        nodes += tree.nodes.map { node in
          let areas = cascade.features[node.feature].rectangles
          let nothing = HaarCascade.WeightedRectangle(x: 0, y: 0, width: 0, height: 0, weight: 0)
          return Node(
            first: Rectangle(areas[0], stride: stride),
            second: Rectangle(areas.count > 1 ? areas[1] : nothing, stride: stride),
            third: Rectangle(areas.count > 2 ? areas[2] : nothing, stride: stride),
            hasThird: areas.count > 2, threshold: node.threshold, left: Int32(node.left),
            right: Int32(node.right))
        }
      }
      stages.append(Stage(trees: first..<trees.count, threshold: stage.threshold))
    }
  }

  /// Calls `found` with the place of every window that passes; rows are `step` px apart.
  func scan(_ image: IntegralImage, step: Int, found: (_ x: Int, _ y: Int) -> Void) {
    precondition(image.stride == stride, "offsets for this stride")
    guard image.width >= width, image.height >= height else { return }
    nodes.withUnsafeBufferPointer { nodes in
      leaves.withUnsafeBufferPointer { leaves in
        let tables = Tables(nodes: nodes.baseAddress!, leaves: leaves.baseAddress!)
        for y in Swift.stride(from: 0, through: image.height - height, by: step) {
          let end = image.width - width + 1
          for x in Swift.stride(from: 0, to: end, by: 8) {
            scan8(image, tables, x: x, y: y, count: min(8, end - x), found)
          }
        }
      }
    }
  }

  private struct Tables {
    let nodes: UnsafePointer<Node>
    let leaves: UnsafePointer<Float>
  }

  /// Eight windows side by side; sums behind the row's end are read, and not used.
  @inline(__always)
  private func scan8(
    _ image: IntegralImage, _ tables: Tables, x: Int, y: Int, count: Int,
    _ found: (Int, Int) -> Void
  ) {
    let place = y * stride + x
    let sum = Self.sums(inner, image.sums + place)
    let square = Self.sums(inner, image.squares + place)
    // Standard deviation times area.
    let deviation = (innerArea * square - sum * sum).squareRoot()
    // As in OpenCV, windows without contrast are no faces; NaN neither.
    var alive = deviation .> 10 * innerArea
    for lane in count..<8 { alive[lane] = false }
    for stage in stages {
      guard any(alive) else { return }
      var total = Lanes.zero
      for tree in trees[stage.trees] {
        total += Self.value(tree, 0, tables, image.sums + place, deviation)
      }
      alive .&= total .>= stage.threshold
    }
    for lane in 0..<8 where alive[lane] { found(x + lane, y) }
  }

  @inline(__always)
  private static func sums(_ area: Rectangle, _ place: UnsafePointer<Int32>) -> Lanes {
    func load(_ offset: Int32) -> SIMD8<Int32> {
      UnsafeRawPointer(place + Int(offset)).loadUnaligned(as: SIMD8<Int32>.self)
    }
    return Lanes(
      load(area.bottomRight) &- load(area.bottomLeft) &- load(area.topRight) &+ load(area.topLeft))
  }

  private static func value(
    _ tree: Tree, _ index: Int, _ tables: Tables, _ place: UnsafePointer<Int32>, _ deviation: Lanes
  ) -> Lanes {
    let node = tables.nodes + Int(tree.nodes) + index
    var feature = sums(node.pointee.first, place) * node.pointee.first.weight
    feature += sums(node.pointee.second, place) * node.pointee.second.weight
    if node.pointee.hasThird {
      feature += sums(node.pointee.third, place) * node.pointee.third.weight
    }
    func branch(_ child: Int32) -> Lanes {
      child > 0
        ? value(tree, Int(child), tables, place, deviation)
        : Lanes(repeating: tables.leaves[Int(tree.leaves - child)])
    }
    let goesLeft = feature .< node.pointee.threshold * deviation
    return branch(node.pointee.right).replacing(with: branch(node.pointee.left), where: goesLeft)
  }
}
