import Inference
import Records

/// One face over a run, in the bins of its ``TimeGrid``.
package struct FaceHistory: Sendable {
  package let id: Int
  package private(set) var totals = Totals()
  /// First bin in `sums`.
  private(set) var start: Int
  /// (bins, ``Channel/count``) sums; a bin's number of frames comes first.
  private var sums: [Float] = []

  init(id: Int, start: Int) {
    self.id = id
    self.start = start
  }

  var bins: Range<Int> { start..<start + sums.count / Channel.count }

  mutating func add(_ face: RecordedFace, bin: Int, seconds: Double) {
    totals.add(face, seconds: seconds)
    let missing = (bin + 1 - start) * Channel.count - sums.count
    if missing > 0 { sums.append(contentsOf: repeatElement(0, count: missing)) }
    let base = (bin - start) * Channel.count
    func add(_ channel: Int, _ value: Float) {
      if value.isFinite { sums[base + channel] += value }
    }
    sums[base] += 1
    add(Channel.confidence, face.isTurnedAway ? 0 : face.confidence)
    for (index, uncertain) in [face.valenceUncertainty, face.arousalUncertainty].enumerated() {
      let first = index == 0 ? Channel.valence : Channel.arousal
      add(first, index == 0 ? face.valence : face.arousal)
      add(first + 1, uncertain.aleatoric)
      add(first + 2, uncertain.epistemic)
      add(first + 3, index == 0 ? face.valenceDeviation : face.arousalDeviation)
    }
    for label in Expression.allCases {
      add(Channel.expressions + label.rawValue, face.probability(of: label))
    }
    for unit in ActionUnit.allCases.indices {
      add(Channel.actionUnits + unit, face.actionUnit(unit))
    }
  }

  /// Merges pairs of bins.
  mutating func coarsen() {
    let old = bins
    var coarse = [Float](
      repeating: 0, count: ((old.upperBound + 1) / 2 - old.lowerBound / 2) * Channel.count)
    for bin in old {
      let (from, to) = (bin - old.lowerBound, bin / 2 - old.lowerBound / 2)
      for channel in 0..<Channel.count {
        coarse[to * Channel.count + channel] += sums[from * Channel.count + channel]
      }
    }
    start = old.lowerBound / 2
    sums = coarse
  }

  /// The mean over the frames of a bin; nil if the face was not seen.
  func moment(_ bin: Int) -> FaceMoment? {
    guard bins.contains(bin) else { return nil }
    let base = (bin - start) * Channel.count
    guard sums[base] > 0 else { return nil }
    return FaceMoment(bin: bin, values: sums[base..<base + Channel.count].map { $0 / sums[base] })
  }

  /// Positions within the sums of a bin.
  enum Channel {
    static let confidence = 1
    static let valence = 2
    static let arousal = 6
    static let expressions = 10
    static let actionUnits = 17
    static let count = 29
  }
}

/// What a face showed in one bin.
struct FaceMoment {
  let bin: Int
  fileprivate let values: [Float]

  private typealias Channel = FaceHistory.Channel

  /// The mean of this and `other`, which has this weight.
  func mixed(with other: FaceMoment, share: Float) -> FaceMoment {
    FaceMoment(bin: bin, values: zip(values, other.values).map { $0 + ($1 - $0) * share })
  }

  var confidence: Float { values[Channel.confidence] }
  var valence: Float { values[Channel.valence] }
  var arousal: Float { values[Channel.arousal] }
  var valenceSpread: Spread { spread(Channel.valence) }
  var arousalSpread: Spread { spread(Channel.arousal) }

  private func spread(_ first: Int) -> Spread {
    Spread(
      Uncertainty(aleatoric: values[first + 1], epistemic: values[first + 2]),
      deviation: values[first + 3])
  }
  /// (7,)
  var expressions: ArraySlice<Float> { values[Channel.expressions..<Channel.actionUnits] }
  /// (12,)
  var actionUnits: ArraySlice<Float> { values[Channel.actionUnits...] }
}
