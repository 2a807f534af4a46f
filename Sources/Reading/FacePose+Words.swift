import FaceCrop

extension FacePose {
  /// Head pose and eyes in a few words: "left 20°, up 12°, eyes closed". Empty for a face that
  /// looks straight ahead. Left is the person's own.
  package var words: String {
    func degrees(_ value: Float) -> String { "\(Int(abs(value).rounded()))°" }
    var words: [String] = []
    if isTurnedAway { words.append("turned away") }
    if abs(head.yaw) >= Self.noticed {
      words.append((head.yaw > 0 ? "left " : "right ") + degrees(head.yaw))
    }
    if abs(head.pitch) >= Self.noticed {
      words.append((head.pitch > 0 ? "up " : "down ") + degrees(head.pitch))
    }
    if abs(head.roll) >= Self.noticed { words.append("tilted " + degrees(head.roll)) }
    if min(eyes.left, eyes.right) > 0.6 { words.append("eyes closed") }
    if eyes.blinksPerMinute > 0 {
      words.append("\(Int(eyes.blinksPerMinute.rounded())) blinks/min")
    }
    return words.joined(separator: ", ")
  }

  /// Degrees: smaller angles count as looking straight ahead.
  private static let noticed: Float = 10
}
