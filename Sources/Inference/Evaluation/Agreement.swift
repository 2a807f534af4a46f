/// Agreement between predictions and labels of the same length; every function takes the whole set.
public enum Agreement {
  /// Lin's concordance correlation coefficient with population variances; 0 if both are the same
  /// constant.
  public static func concordance(_ predicted: [Double], _ actual: [Double]) -> Double {
    let count = Double(predicted.count)
    guard count > 0 else { return .nan }
    let mean = predicted.reduce(0, +) / count
    let actualMean = actual.reduce(0, +) / count
    var (variance, actualVariance, covariance) = (0.0, 0.0, 0.0)
    for (x, y) in zip(predicted, actual) {
      variance += (x - mean) * (x - mean)
      actualVariance += (y - actualMean) * (y - actualMean)
      covariance += (x - mean) * (y - actualMean)
    }
    let distance = (mean - actualMean) * (mean - actualMean) * count
    let scale = variance + actualVariance + distance
    return scale > 0 ? 2 * covariance / scale : 0
  }

  /// For class indices, or for zeros and ones.
  public static func accuracy(_ predicted: [Int], _ actual: [Int]) -> Double {
    guard !actual.isEmpty else { return .nan }
    return Double(zip(predicted, actual).count { $0 == $1 }) / Double(actual.count)
  }

  /// 2 TP / (2 TP + FP + FN) of class `positive`; 0 if it is neither predicted nor present.
  public static func f1(_ predicted: [Int], _ actual: [Int], positive: Int = 1) -> Double {
    var (hits, wrong) = (0, 0)
    for (x, y) in zip(predicted, actual) where x == positive || y == positive {
      if x == y { hits += 1 } else { wrong += 1 }
    }
    return hits + wrong == 0 ? 0 : 2 * Double(hits) / Double(2 * hits + wrong)
  }

  /// Unweighted mean of the F1 of classes 0 ..< `classes`.
  public static func macroF1(_ predicted: [Int], _ actual: [Int], classes: Int) -> Double {
    (0..<classes).reduce(0) { $0 + f1(predicted, actual, positive: $1) } / Double(classes)
  }

  /// Recall of each class 0 ..< `classes`; nan for a class that does not occur.
  public static func recall(_ predicted: [Int], _ actual: [Int], classes: Int) -> [Double] {
    var (found, all) = (
      [Double](repeating: 0, count: classes), [Double](repeating: 0, count: classes)
    )
    for (x, y) in zip(predicted, actual) where (0..<classes).contains(y) {
      all[y] += 1
      if x == y { found[y] += 1 }
    }
    return zip(found, all).map { $0 / $1 }
  }

  /// The mean recall of the classes that occur.
  public static func balancedAccuracy(
    _ predicted: [Int], _ actual: [Int], classes: Int
  ) -> Double {
    let recall = recall(predicted, actual, classes: classes).filter { !$0.isNaN }
    return recall.reduce(0, +) / Double(recall.count)
  }

  /// Spearman's rank correlation; ties get the mean of their ranks.
  public static func rankCorrelation(_ x: [Double], _ y: [Double]) -> Double {
    let (a, b) = (ranks(x), ranks(y))
    let count = Double(a.count)
    let (meanA, meanB) = (a.reduce(0, +) / count, b.reduce(0, +) / count)
    var (varianceA, varianceB, covariance) = (0.0, 0.0, 0.0)
    for (p, q) in zip(a, b) {
      varianceA += (p - meanA) * (p - meanA)
      varianceB += (q - meanB) * (q - meanB)
      covariance += (p - meanA) * (q - meanB)
    }
    return covariance / (varianceA * varianceB).squareRoot()
  }

  /// Ranks starting at 1; equal values get the mean of their ranks.
  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + 1 + end) / 2 }
      start = end
    }
    return ranks
  }
}
