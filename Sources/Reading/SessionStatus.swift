import Capture

/// The state of a running session besides the faces, for the user.
package struct SessionStatus: Sendable {
  package var format: SourceFormat
  package var source: SourceState
  package var counters: SourceCounters
  /// Frames per second that the source delivers, and that were measured.
  package var framesPerSecondIn = 0.0
  package var framesPerSecondOut = 0.0
  /// From capture to the end of inference.
  package var latencyMedianMilliseconds = 0.0
  package var latencyP95Milliseconds = 0.0
  package var members = 1
  /// Fewer than `members` while they take turns.
  package var membersPerFrame = 1
  /// True if a face's GRU state carries over from frame to frame.
  package var carriesState = false
  /// nil if no sound is wanted.
  package var sound: SoundStatus?
  package var recording: Recording?
  package var isPaused = false
  /// Position in a file, s; nil for a camera.
  package var position: Double?
  /// Why something just stopped or changed; shown for a few seconds.
  package var notice: String?

  package init(
    format: SourceFormat, source: SourceState, counters: SourceCounters,
    framesPerSecondIn: Double = 0, framesPerSecondOut: Double = 0,
    latencyMedianMilliseconds: Double = 0, latencyP95Milliseconds: Double = 0, members: Int = 1,
    membersPerFrame: Int = 1, carriesState: Bool = false, sound: SoundStatus? = nil,
    recording: Recording? = nil, isPaused: Bool = false, position: Double? = nil,
    notice: String? = nil
  ) {
    self.format = format
    self.source = source
    self.counters = counters
    self.framesPerSecondIn = framesPerSecondIn
    self.framesPerSecondOut = framesPerSecondOut
    self.latencyMedianMilliseconds = latencyMedianMilliseconds
    self.latencyP95Milliseconds = latencyP95Milliseconds
    self.members = members
    self.membersPerFrame = membersPerFrame
    self.carriesState = carriesState
    self.sound = sound
    self.recording = recording
    self.isPaused = isPaused
    self.position = position
    self.notice = notice
  }

  package struct Recording: Sendable, Equatable {
    package var path: String
    package var seconds: Double
    package var bytes: Int
    /// Frames dropped because the encoder was too slow.
    package var leftOut: Int

    package init(path: String, seconds: Double, bytes: Int, leftOut: Int) {
      self.path = path
      self.seconds = seconds
      self.bytes = bytes
      self.leftOut = leftOut
    }
  }
}

extension SessionStatus {
  /// What the source is doing if it is not delivering frames.
  package var trouble: String? {
    switch source {
    case .stalled(let seconds): "no frames \(tenths(seconds)) s"
    case .lost(let seconds): "camera lost, waiting for it \(tenths(seconds)) s"
    case .opening: "opening"
    case .closed, .streaming, .ended: nil
    }
  }

  /// One line for a terminal without a screen.
  package func line(_ reading: FrameReading?) -> String {
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

  package var membersText: String {
    counted(members, "member")
      + (membersPerFrame < members ? ", \(membersPerFrame) a frame in turn" : "")
  }
}

package func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

package func tenths(_ value: Double) -> String {
  let rounded = (value * 10).rounded() / 10
  return rounded.isFinite ? "\(rounded)" : "-"
}

package func signed(_ value: Float) -> String {
  let rounded = (value * 100).rounded() / 100
  return (rounded < 0 ? "-" : "+") + "\(abs(rounded))".padded(to: 4, with: "0")
}

extension String {
  /// Padded at the end.
  package func padded(to count: Int, with character: Character = " ") -> String {
    self + String(repeating: character, count: max(0, count - self.count))
  }
}
