/// A boosted cascade of Haar-like features (Viola and Jones 2001, Lienhart and Maydt 2002), as
/// OpenCV's cascade files hold it.
///
/// A window passes when it passes every stage. A stage sums one leaf of each of its trees; a tree
/// goes left where its node's feature is below the threshold.
struct HaarCascade: Equatable, Sendable {
  struct Feature: Equatable, Sendable {
    /// Sums of px, each times its weight, make the value.
    var rectangles: [WeightedRectangle]
  }

  /// px of the window
  struct WeightedRectangle: Equatable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
    var weight: Float
  }

  struct Node: Equatable, Sendable {
    var feature: Int
    /// Of the feature's value over the window's standard deviation and area.
    var threshold: Float
    /// Above 0 another node of the tree, otherwise the negative index of a leaf.
    var left: Int
    var right: Int
  }

  struct Tree: Equatable, Sendable {
    var nodes: [Node]
    var leaves: [Float]
  }

  struct Stage: Equatable, Sendable {
    var threshold: Float
    var trees: [Tree]
  }

  /// px of a window
  var width = 0
  var height = 0
  var stages: [Stage] = []
  var features: [Feature] = []
}

extension HaarCascade {
  /// What keeps the cascade from being evaluated without checks; nil where nothing does.
  var flaw: String? {
    guard (4...256).contains(width), (4...256).contains(height) else { return "no window size" }
    guard !stages.isEmpty, !features.isEmpty else { return "no stages" }
    for feature in features {
      guard (1...3).contains(feature.rectangles.count) else { return "a feature without shape" }
      for area in feature.rectangles {
        guard area.x >= 0, area.y >= 0, area.width > 0, area.height > 0,
          area.x + area.width <= width, area.y + area.height <= height
        else { return "a feature outside the window" }
      }
    }
    for tree in stages.flatMap(\.trees) {
      guard !tree.nodes.isEmpty else { return "a tree without nodes" }
      for (index, node) in tree.nodes.enumerated() {
        guard features.indices.contains(node.feature) else { return "a missing feature" }
        for child in [node.left, node.right] {
          // Children lie behind their parent, so no walk through the tree is endless.
          guard child > 0 ? child > index && child < tree.nodes.count : -child < tree.leaves.count
          else { return "a missing branch" }
        }
      }
    }
    return nil
  }
}
