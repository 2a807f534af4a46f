import Glibc

/// How loud the sound of a frame is, and whether somebody seems to be speaking.
///
/// A voice is 10 dB above the noise and sounds like one to ``VoiceActivity``; it is held for 0.3 s,
/// over the pauses between words. The noise is the lowest level so far, which rises by 2 dB a second
/// so that it follows a room that gets louder.
package struct SoundMeter: Sendable {
  package enum State: Equatable, Sendable {
    /// All zeros, or nearly so: a muted or missing microphone.
    case silent
    case quiet
    case voice
  }

  /// Root mean square, dB of full scale; at least ``floor``.
  package private(set) var level = SoundMeter.floor
  package private(set) var state = State.silent
  package private(set) var fade = VoiceFade()

  package static let floor = -90.0
  private static let silence = -75.0
  private static let aboveNoise = 10.0
  private static let noiseRise = 2.0
  private static let hold = 0.3

  private var noise: Double?
  private var time: Double?
  private var voiceUntil = -Double.infinity

  package init() {}

  /// Takes the level at the frame's middle, or at the end of its window.
  package mutating func update(_ window: [Float], _ cut: SoundCut, time: Double) {
    let half = 400
    let middle = Int(max(0, min(cut.frameMiddle - Double(cut.start), Double(window.count))))
    let end = min(window.count, max(2 * half, middle + half))
    let first = max(0, min(end, window.count) - VoiceActivity.size)
    let around = window[first..<min(window.count, first + VoiceActivity.size)]
    update(window[end - 2 * half..<end], around: around, time: time)
  }

  /// - Parameters:
  ///   - newest: the sound of about 50 ms, whose level counts
  ///   - around: the ``VoiceActivity/size`` samples in which a voice is looked for
  ///   - time: s, on any clock that only goes forward
  package mutating func update(
    _ newest: ArraySlice<Float>, around: ArraySlice<Float>, time now: Double
  ) {
    let seconds = time.map { max(0, now - $0) } ?? 0
    defer {
      fade.update(isVoice: state == .voice, seconds: seconds)
      time = now
    }
    let energy = newest.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(1, newest.count))
    level = max(Self.floor, 10 * log10(max(energy, 1e-12)))
    // Digital silence tells nothing about the room.
    guard level > Self.silence else {
      state = .silent
      return
    }
    let last = noise ?? level
    let floor = min(level, last + Self.noiseRise * min(1, seconds))
    noise = floor
    if level > floor + Self.aboveNoise, VoiceActivity.hears(around) {
      voiceUntil = now + Self.hold
    }
    state = now < voiceUntil ? .voice : .quiet
  }
}
