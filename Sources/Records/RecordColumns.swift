import Inference
import Reading

/// What a record describes.
package enum RecordSubject: Equatable, Sendable {
  /// A frame of a file.
  case frame
  /// A frame from a camera, which has a time of day.
  case cameraFrame
  /// A frame of one of several videos; its name comes first.
  case video(String)
  /// A frame of several videos in a row; the reading says of which.
  case videos([String])
  /// An image file, whose name replaces frame and time.
  case picture(String)
}

/// The columns of a record, in the order of their JSON keys. See docs/records.md for their meaning.
package enum RecordColumns {
  typealias Frame = (reading: FrameReading, subject: RecordSubject)

  static let frame: [Column<Frame>] = [
    Column("image", cells: []) {
      if case .picture(let file) = $0.subject { .text(file) } else { nil }
    },
    Column("video") {
      switch $0.subject {
      case .video(let name): .text(name)
      case .videos(let names): .text(names[$0.reading.clip])
      default: nil
      }
    },
    Column("frame") { isPicture($0) ? nil : .integer($0.reading.frame) },
    Column("time") { isPicture($0) ? nil : .number($0.reading.time, decimals: Decimals.time) },
    Column("utc") { $0.subject == .cameraFrame ? .moment($0.reading.takenAt) : nil },
    Column("dropped") { .integer($0.reading.dropped) },
    Column("width") { .integer($0.reading.image.width) },
    Column("height") { .integer($0.reading.image.height) },
    Column("latency_ms") {
      .number($0.reading.latencyMilliseconds, decimals: Decimals.milliseconds)
    },
    Column("marker.number", cell: "marker") { $0.reading.marker.map { .integer($0.number) } },
    Column("marker.text", cell: "marker_text") { $0.reading.marker.map { .text($0.text) } },
    Column("marker.time", cell: "marker_time") {
      $0.reading.marker.map { .number($0.time, decimals: Decimals.time) }
    },
    Column("marker.utc", cell: "marker_utc") { $0.reading.marker.map { .moment($0.utc) } },
  ]

  static let face: [Column<FaceReading>] =
    [
      Column("id") { .integer($0.id) },
      Column("box", cells: ["box_x", "box_y", "box_width", "box_height"]) { .rect($0.box) },
      Column("landmarks", cells: (0..<68).flatMap { ["landmark\($0)_x", "landmark\($0)_y"] }) {
        .points($0.landmarks)
      },
    ] + pose + emotion.map { $0.of(\.emotion) } + relative

  private static let pose: [Column<FaceReading>] = [
    Column("quality") { $0.pose.map { .estimate($0.legibility.quality) } },
    Column("turned_away") { $0.pose.map { .flag($0.isTurnedAway) } },
    Column("head.yaw", cell: "yaw") { $0.pose.map { .degrees($0.head.yaw) } },
    Column("head.pitch", cell: "pitch") { $0.pose.map { .degrees($0.head.pitch) } },
    Column("head.roll", cell: "roll") { $0.pose.map { .degrees($0.head.roll) } },
    Column("eyes.left", cell: "eye_left") { $0.pose.map { .estimate($0.eyes.left) } },
    Column("eyes.right", cell: "eye_right") { $0.pose.map { .estimate($0.eyes.right) } },
    Column("eyes.blinks", cell: "blinks") { $0.pose.map { .integer($0.eyes.blinks) } },
    Column("eyes.blinks_per_minute", cell: "blinks_per_minute") {
      $0.pose.map { .number(Double($0.eyes.blinksPerMinute), decimals: Decimals.pixels) }
    },
  ]

  /// Present once a resting face has been set.
  private static let relative: [Column<FaceReading>] =
    [
      Column("relative.label", cell: "relative_expression") {
        $0.relative.map { .text($0.label.name) }
      }
    ]
    + Expression.allCases.map { label in
      Column("relative.probabilities.\(label.name)", cell: "relative_\(label.name)") {
        $0.relative.map { .estimate($0.expression[label.rawValue]) }
      }
    }
    + ActionUnit.allCases.enumerated().map { index, unit in
      Column("relative.action_units.\(unit.code)", cell: "relative_\(unit.code)") {
        $0.relative.map { .estimate($0.actionUnits[index]) }
      }
    } + [
      Column("relative.valence", cell: "relative_valence") {
        $0.relative.map { .estimate($0.valence) }
      },
      Column("relative.arousal", cell: "relative_arousal") {
        $0.relative.map { .estimate($0.arousal) }
      },
    ]

  static let emotion = [expression, actionUnits, axes].flatMap(\.self)

  private static let expression: [Column<Emotion>] =
    [Column("expression.label", cell: "expression") { .text($0.expression.label.name) }]
    + Expression.allCases.map { label in
      Column("expression.probabilities.\(label.name)", cell: label.name) {
        .estimate($0.expression.probabilities[label.rawValue])
      }
    }
    + uncertainty("expression", cell: "expression") { $0.expression.uncertainty } + [
      Column("expression.confidence", cell: "expression_confidence") {
        .estimate($0.expression.confidence)
      },
      Column("expression.contradiction", cell: "expression_contradiction") {
        .estimate($0.expression.contradiction)
      },
    ]

  private static let actionUnits: [Column<Emotion>] =
    ActionUnit.allCases.enumerated().flatMap { index, unit in
      let path = "action_units.\(unit.code)"
      return [
        Column("\(path).probability", cell: "\(unit.code)_probability") {
          .estimate($0.actionUnits[index].probability)
        },
        Column("\(path).active", cell: "\(unit.code)_active") {
          .flag($0.actionUnits[index].isActive)
        },
      ] + uncertainty(path, cell: unit.code) { $0.actionUnits[index].uncertainty }
    }

  private static let axes: [Column<Emotion>] =
    axis("valence") { $0.valence } + axis("arousal") { $0.arousal }

  /// The name of the video comes behind the numbers.
  static let frameInCSV =
    frame.filter { !$0.cells.isEmpty && $0.cells != ["video"] }
    + frame.filter { $0.cells == ["video"] }

  /// In CSV, columns with many cells come last, so that the emotions precede the landmarks.
  static let faceInCSV = face.filter { $0.cells.count <= 4 } + face.filter { $0.cells.count > 4 }

  /// Names of the cells in a CSV file, in order.
  package static let csv = frameInCSV.flatMap(\.cells) + faceInCSV.flatMap(\.cells)

  /// The keys of a JSON record, each with its full path: "faces.expression.label".
  package static let json =
    (frame.map(\.keys) + face.map { ["faces"] + $0.keys }
    + emotion.map { ["faces", "members"] + $0.keys }).map { $0.joined(separator: ".") }

  private static func isPicture(_ frame: Frame) -> Bool {
    if case .picture = frame.subject { true } else { false }
  }

  private static func axis(
    _ name: String, _ estimate: @escaping @Sendable (Emotion) -> ContinuousEstimate
  ) -> [Column<Emotion>] {
    [Column("\(name).value", cell: name) { .estimate(estimate($0).value) }]
      + uncertainty(name, cell: name) { estimate($0).uncertainty } + [
        Column("\(name).deviation", cell: "\(name)_deviation") {
          .estimate(estimate($0).standardDeviation)
        }
      ]
  }

  private static func uncertainty(
    _ path: String, cell: String, _ value: @escaping @Sendable (Emotion) -> Uncertainty
  ) -> [Column<Emotion>] {
    [
      Column("\(path).aleatoric", cell: "\(cell)_aleatoric") { .estimate(value($0).aleatoric) },
      Column("\(path).epistemic", cell: "\(cell)_epistemic") { .estimate(value($0).epistemic) },
    ]
  }
}
