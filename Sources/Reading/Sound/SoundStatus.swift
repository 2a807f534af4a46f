/// The state of the sound, for the user.
package struct SoundStatus: Equatable, Sendable {
  package var name = ""
  /// dB of full scale
  package var level: Double
  package var state: SoundMeter.State
  /// From the middle of the frame to that of its window; nil before the first frame.
  package var offsetMilliseconds: Double?
  /// How long each frame waits for sound.
  package var lookaheadMilliseconds: Double
  /// Number of times that a microphone's sound was lost for a while.
  package var interruptions = 0
  /// What is wrong with the sound; it is then silent.
  package var trouble: String?

  package init(
    name: String = "", level: Double, state: SoundMeter.State, offsetMilliseconds: Double?,
    lookaheadMilliseconds: Double, interruptions: Int = 0, trouble: String? = nil
  ) {
    self.name = name
    self.level = level
    self.state = state
    self.offsetMilliseconds = offsetMilliseconds
    self.lookaheadMilliseconds = lookaheadMilliseconds
    self.interruptions = interruptions
    self.trouble = trouble
  }

  package var stateText: String {
    switch state {
    case .silent: "silent"
    case .quiet: "quiet"
    case .voice: "voice"
    }
  }

  /// "-302 ms": the offset of the window.
  package var offsetText: String? {
    offsetMilliseconds.map { offset in
      let whole = Int(max(-1e6, min(1e6, offset)).rounded())
      return (whole < 0 ? "" : "+") + "\(whole) ms"
    }
  }
}
