import Inference

/// What is read again of each face, and where it stands in ``RecordedFrame/values``.
enum RecordField: Int, CaseIterable {
  case id, turnedAway, confidence, probabilities
  case actionUnits = 10
  /// Each with its uncertainties and its standard deviation behind it.
  case valence = 22
  case arousal = 26

  /// Keys in JSON, with points between them, and the cell in CSV, for each of its values.
  var places: [(path: String, cell: String)] {
    switch self {
    case .id: [("id", "id")]
    case .turnedAway: [("turned_away", "turned_away")]
    case .confidence: [("expression.confidence", "expression_confidence")]
    case .probabilities:
      Expression.allCases.map { ("expression.probabilities.\($0.name)", $0.name) }
    case .actionUnits:
      ActionUnit.allCases.map {
        ("action_units.\($0.code).probability", "\($0.code)_probability")
      }
    case .valence: Self.axis("valence")
    case .arousal: Self.axis("arousal")
    }
  }

  private static func axis(_ name: String) -> [(path: String, cell: String)] {
    [
      ("\(name).value", name), ("\(name).aleatoric", "\(name)_aleatoric"),
      ("\(name).epistemic", "\(name)_epistemic"),
      ("\(name).deviation", "\(name)_deviation"),
    ]
  }

  var offset: Int { rawValue }
  /// Values of one face.
  static let count = 30
}

/// What is read again of a frame itself.
enum FrameField: String, CaseIterable {
  case video, time, utc, dropped
  case marker = "marker.number"
  case markerText = "marker.text"
  case markerTime = "marker.time"
  case markerUTC = "marker.utc"

  /// Its keys in JSON, with points between them.
  var path: String { rawValue }

  var cell: String {
    switch self {
    case .video, .time, .utc, .dropped: rawValue
    case .marker: "marker"
    case .markerText: "marker_text"
    case .markerTime: "marker_time"
    case .markerUTC: "marker_utc"
    }
  }
}

extension RecordedFrame {
  /// A number or, where `text` is not nil, words.
  mutating func set(_ field: FrameField, _ number: Double, _ text: String?) {
    switch field {
    case .video: video = text
    case .time: time = number
    case .utc: utc = text
    case .dropped: dropped = Int(exactly: number.rounded()) ?? dropped
    case .marker: if let whole = Int(exactly: number) { edit { $0.number = whole } }
    case .markerText: if let text { edit { $0.text = text } }
    case .markerTime: if number.isFinite { edit { $0.time = number } }
    case .markerUTC: if let text { edit { $0.utc = text } }
    }
  }

  private mutating func edit(_ change: (inout RecordedMarker) -> Void) {
    var marker = marker ?? RecordedMarker()
    change(&marker)
    self.marker = marker
  }
}
