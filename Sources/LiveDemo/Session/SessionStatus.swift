import Capture

/// What a person wants to know of a running session besides the faces.
struct SessionStatus: Sendable {
  var format: SourceFormat
  var source: SourceState
  var counters: SourceCounters
  /// Frames a second that the source gives and that were measured.
  var framesPerSecondIn = 0.0
  var framesPerSecondOut = 0.0
  /// From capture to the end of inference.
  var latencyMedianMilliseconds = 0.0
  var latencyP95Milliseconds = 0.0
  var members = 1
  /// Fewer than `members` while they take turns.
  var membersPerFrame = 1
  /// The same face's GRU state goes on from frame to frame.
  var carriesState = false
  /// nil where no sound is wanted.
  var sound: SoundStatus?
  var recording: Recording?
  var isPaused = false
  /// Why something just stopped or changed; shown for some seconds.
  var notice: String?

  struct Recording: Sendable, Equatable {
    var path: String
    var seconds: Double
    var bytes: Int
    /// Frames that the encoder was too far behind for.
    var leftOut: Int
  }
}

extension SessionStatus {
  /// What the source is doing when it is not delivering.
  var trouble: String? {
    switch source {
    case .stalled(let seconds): "no frames \(tenths(seconds)) s"
    case .lost(let seconds): "camera lost, waiting for it \(tenths(seconds)) s"
    case .opening: "opening"
    case .closed, .streaming, .ended: nil
    }
  }

  /// One line for a terminal that has no screen.
  func line(_ reading: FrameReading?) -> String {
    var parts = [
      counted(reading.map { $0.frame + 1 } ?? 0, "frame"), "\(tenths(framesPerSecondOut)) fps",
      "latency \(tenths(latencyMedianMilliseconds)) ms (p95 \(tenths(latencyP95Milliseconds)))",
      "dropped \(counters.dropped)", membersText,
    ]
    if let face = reading?.faces.first {
      let emotion = face.emotion
      let best = emotion.expression.probabilities.max() ?? 0
      parts.append(
        "\(emotion.expression.label.name) \(Int((best * 100).rounded())) %"
          + ", valence \(signed(emotion.valence.value)), arousal \(signed(emotion.arousal.value))")
    } else if reading != nil {
      parts.append("no face")
    }
    if let sound {
      parts.append(sound.trouble ?? "sound \(Int(sound.level.rounded())) dB \(sound.stateText)")
      if let offset = sound.offsetText { parts.append("window \(offset)") }
    }
    if let recording {
      parts.append("recording \(tenths(recording.seconds)) s, \(recording.bytes >> 10) KiB")
    }
    if let trouble { parts.append(trouble) }
    if let notice { parts.append(notice) }
    return parts.joined(separator: " | ")
  }

  var membersText: String {
    counted(members, "member")
      + (membersPerFrame < members ? ", \(membersPerFrame) a frame in turn" : "")
  }
}

func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

func tenths(_ value: Double) -> String {
  let rounded = (value * 10).rounded() / 10
  return rounded.isFinite ? "\(rounded)" : "-"
}

func signed(_ value: Float) -> String {
  let rounded = (value * 100).rounded() / 100
  return (rounded < 0 ? "-" : "+") + "\(abs(rounded))".padded(to: 4, with: "0")
}

extension String {
  /// Filled up at the end.
  func padded(to count: Int, with character: Character = " ") -> String {
    self + String(repeating: character, count: max(0, count - self.count))
  }
}
