/// Dimensions whose product has been checked: a number of elements that a tensor may have.
struct TensorShape: Equatable {
  /// 256 MiB as `Float`, a hundred times an EMENet.
  static let countLimit = 1 << 26

  let dimensions: [Int]
  let count: Int

  /// nil for a negative dimension, and for a product that overflows or exceeds the limit. A
  /// dimension of 0 does not hide others, since strides are products of them all.
  init?(_ dimensions: [Int]) {
    var places = 1
    for dimension in dimensions {
      let (product, overflow) = places.multipliedReportingOverflow(by: max(1, dimension))
      guard dimension >= 0, !overflow, product <= Self.countLimit else { return nil }
      places = product
    }
    self.dimensions = dimensions
    count = dimensions.contains(0) ? 0 : places
  }

  /// Dimensions from a JSON header: nil also for fractions and numbers wider than 64 bits.
  init?(_ dimensions: [Double]) {
    let whole = dimensions.compactMap { Int(exactly: $0) }
    guard whole.count == dimensions.count else { return nil }
    self.init(whole)
  }
}
