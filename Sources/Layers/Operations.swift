// Floating-point operations, two per multiply-add.

extension PanelConvolution {
  package func operations(area: Int) -> Int { 2 * depth * outputs * area }
}

extension SeparableConvolution {
  /// - Parameter size: that of the map between the two convolutions
  package func operations(_ size: MapSize) -> Int {
    let step = stride * stride
    return pointwise.operations(area: size.area)
      + 2 * depthwise.taps * depthwise.channels * size.area / step
  }
}
