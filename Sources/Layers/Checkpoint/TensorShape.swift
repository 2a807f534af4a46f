/// Dimensions whose product was checked: a count of numbers that a tensor may have.
struct TensorShape: Equatable {
  /// 256 MiB as `Float`, a hundred times an EMENet.
  static let countLimit = 1 << 26

  let dimensions: [Int]
  let count: Int

  /// nil for a dimension below 0, a product that overflows and one beyond the limit. A dimension
  /// of 0 hides no other: strides are products of them all.
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

  /// As a JSON header gives them: nil for fractions and numbers beyond 64 bits too.
  init?(_ dimensions: [Double]) {
    let whole = dimensions.compactMap { Int(exactly: $0) }
    guard whole.count == dimensions.count else { return nil }
    self.init(whole)
  }
}
