import Inference

/// One frame as a records file tells it. A reader fills the same one again and again.
package struct RecordedFrame: Sendable {
  /// s; nan where the record has none
  package var time = Double.nan
  /// So far.
  package var dropped = 0
  /// As it is written; nil for files.
  package var utc: String?
  /// The clip, where there are several.
  package var video: String?
  package var marker: RecordedMarker?
  /// (faces, ``RecordedFace/count``)
  var values: [Float] = []

  package var faceCount: Int { values.count / RecordedFace.count }

  package func face(_ index: Int) -> RecordedFace {
    RecordedFace(values: values, start: index * RecordedFace.count)
  }

  mutating func reset() {
    (time, dropped) = (.nan, 0)
    (utc, video, marker) = (nil, nil, nil)
    values.removeAll(keepingCapacity: true)
  }

  mutating func appendFace() {
    for _ in 0..<RecordedFace.count { values.append(.nan) }
  }
}

/// A marker, in the frame where it was set.
package struct RecordedMarker: Equatable, Sendable {
  package var number = 0
  package var text = ""
  /// When it was set, s on the clock of the frames' times; nan where the record has none.
  package var time = Double.nan
  package var utc: String?
}

/// One face of a ``RecordedFrame``. What the record does not tell is nan.
package struct RecordedFace {
  let values: [Float]
  let start: Int

  static let count = RecordField.count

  private func value(_ field: RecordField, _ index: Int = 0) -> Float {
    values[start + field.offset + index]
  }

  /// nil where the record names none.
  package var id: Int? { Int(exactly: value(.id)) }
  package var isTurnedAway: Bool { value(.turnedAway) == 1 }
  package var confidence: Float { value(.confidence) }
  /// In the order of ``Expression``.
  package func probability(of expression: Expression) -> Float {
    value(.probabilities, expression.rawValue)
  }
  /// `index`: in the order of ``ActionUnit/allCases``
  package func actionUnit(_ index: Int) -> Float { value(.actionUnits, index) }
  package var valence: Float { value(.valence) }
  package var arousal: Float { value(.arousal) }
  package var valenceUncertainty: Uncertainty {
    Uncertainty(aleatoric: value(.valence, 1), epistemic: value(.valence, 2))
  }
  /// Standard deviations of valence and arousal.
  package var valenceDeviation: Float { value(.valence, 3) }
  package var arousalDeviation: Float { value(.arousal, 3) }
  package var arousalUncertainty: Uncertainty {
    Uncertainty(aleatoric: value(.arousal, 1), epistemic: value(.arousal, 2))
  }
}
