import Capture

/// Aligns sound with the pictures of a video, by the times of both.
///
/// The sound of a picture starts with the picture, to within 10 ms. Where the pictures stop for a
/// while, because of a pause or a disconnected camera, and where sound is lost, there is silence.
struct Soundtrack {
  /// So long after the pictures it is written, s: a microphone's sound comes later than they do.
  static let delay = 0.3
  /// Smaller differences between times are jitter, in samples.
  private static let jitter = 160
  /// A longer time without a picture, in s, counts as a pause.
  private static let longestPicture = 1.0

  private let sound: any SoundReader
  /// For each piece, its first sample in the video and the offset from there to the sound; nil is
  /// silence.
  private var pieces: [(start: Int, shift: Int?)] = []
  private var written = 0
  private var pictureEnd = 0.0

  init(_ sound: any SoundReader) {
    self.sound = sound
  }

  /// - Parameters:
  ///   - time: when the next picture starts, in s of the video
  ///   - soundTime: the same moment in s of the sound
  ///   - duration: how long a picture is usually shown, in s
  mutating func place(time: Double, soundTime: Double, duration: Double) {
    let rate = Double(SoundEncoder.rate)
    let start = Int((time * rate).rounded())
    // A damaged file may contain any time.
    let shift = Int(max(-1e12, min(1e12, ((soundTime - time) * rate).rounded())))
    let last = pieces.last
    let isPause = last != nil && time - pictureEnd > max(Self.longestPicture, 3 * duration)
    if isPause { pieces.append((Int((pictureEnd * rate).rounded()), nil)) }
    if isPause || last == nil || abs((last?.shift ?? .max / 2) - shift) > Self.jitter {
      pieces.append((last == nil ? 0 : start, shift))
    }
    pictureEnd = time + duration
  }

  /// Fills `block` with the next samples of the video, up to `time`, and returns their number.
  mutating func next(until time: Double, into block: UnsafeMutableBufferPointer<Float>) -> Int {
    let end = Int((time * Double(SoundEncoder.rate)).rounded())
    while pieces.count > 1, pieces[1].start <= written { pieces.removeFirst() }
    guard let piece = pieces.first else { return 0 }
    let limit = pieces.count > 1 ? min(end, pieces[1].start) : end
    let count = min(block.count, limit - written)
    guard count > 0 else { return 0 }
    let part = UnsafeMutableBufferPointer(rebasing: block[..<count])
    if let shift = piece.shift {
      sound.read(from: written + shift, into: part)
    } else {
      part.update(repeating: 0)
    }
    written += count
    return count
  }
}
