/// Fades the influence of sound in when somebody begins to speak, and out afterwards, at the same
/// pace at any frame rate.
package struct VoiceFade: Sendable {
  /// From 0 to 1, s.
  static let attack = 0.2
  /// From 1 to 0, s.
  static let release = 0.5

  private var progress = 0.0

  /// How far the sound counts: 0 without a voice, 1 while somebody speaks, smooth between them.
  package var presence: Float { Float(progress * progress * (3 - 2 * progress)) }

  /// - Parameter seconds: time since the last update
  mutating func update(isVoice: Bool, seconds: Double) {
    progress += isVoice ? seconds / Self.attack : -seconds / Self.release
    progress = max(0, min(1, progress))
  }
}
