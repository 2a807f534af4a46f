import Imaging

/// Makes one of the many windows that pass around each face, as OpenCV's `groupRectangles` does:
/// windows that lie within `tolerance` of their size belong together, also by way of others; a
/// group becomes its mean window. Groups of fewer than `neighbors` windows are dropped, and those
/// inside a larger one that has more windows.
func group(
  _ windows: [Rect], neighbors: Int, tolerance: Float = 0.2
) -> [(window: Rect, count: Int)] {
  var group = Array(windows.indices)
  func root(_ index: Int) -> Int {
    var index = index
    while group[index] != index { index = group[index] }
    return index
  }
  for (i, first) in windows.enumerated() {
    for (j, second) in windows[..<i].enumerated() {
      let reach =
        tolerance * (min(first.width, second.width) + min(first.height, second.height)) / 2
      if abs(first.x - second.x) <= reach, abs(first.y - second.y) <= reach,
        abs(first.x + first.width - second.x - second.width) <= reach,
        abs(first.y + first.height - second.y - second.height) <= reach
      {
        group[root(i)] = root(j)
      }
    }
  }
  var members: [Int: [Rect]] = [:]
  for (index, window) in windows.enumerated() { members[root(index), default: []].append(window) }
  let means = members.sorted { $0.key < $1.key }.map(\.value).filter { $0.count >= neighbors }.map {
    windows in
    let count = Float(windows.count)
    return (
      window: Rect(
        x: windows.reduce(0) { $0 + $1.x } / count, y: windows.reduce(0) { $0 + $1.y } / count,
        width: windows.reduce(0) { $0 + $1.width } / count,
        height: windows.reduce(0) { $0 + $1.height } / count),
      count: windows.count
    )
  }
  return means.enumerated().filter { index, inner in
    !means.enumerated().contains { other, outer in
      let (dx, dy) = (outer.window.width * tolerance, outer.window.height * tolerance)
      return other != index && inner.window.x >= outer.window.x - dx
        && inner.window.y >= outer.window.y - dy
        && inner.window.x + inner.window.width <= outer.window.x + outer.window.width + dx
        && inner.window.y + inner.window.height <= outer.window.y + outer.window.height + dy
        && (outer.count, index) > (inner.count, other)
    }
  }.map(\.element)
}
