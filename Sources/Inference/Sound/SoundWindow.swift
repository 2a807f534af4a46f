/// The 0.63 s of a sound track that belong to a frame, centred on it. Sound is mono at 16 kHz;
/// samples lie in [-1, 1] (16-bit samples divided by 32768).
public enum SoundWindow {
  /// Hz
  public static let sampleRate = 16000
  /// samples
  public static let size = 10080
  /// Samples between columns of the front end.
  public static let hop = 160
  /// (10080,)
  public static let silence = [Float](repeating: 0, count: size)

  /// The window around `center`, shifted to stay within the track.
  ///
  /// - Parameters:
  ///   - center: middle of the frame's interval, in samples since the start of the track
  ///   - count: samples in the track, `.max` for an endless one. A track shorter than a window must
  ///     be padded with zeros at the end
  /// - Returns: the first sample
  public static func start(center: Double, count: Int) -> Int {
    // A centre that falls on a sample except for rounding error counts as that sample.
    let start = (center - Double(size / 2) + 1e-6).rounded(.down)
    // Clamped to limits that no track reaches, so that the conversion never traps.
    return max(0, min(Int(max(0, min(start, 1e15))), count - size))
  }

  /// The window of frame `frame` of a video whose first frame and first sample coincide.
  ///
  /// - Parameter framesPerSecond: the exact rate, not rounded
  public static func start(frame: Int, framesPerSecond: Double, count: Int) -> Int {
    start(
      center: (Double(frame) + 0.5) * Double(sampleRate) / framesPerSecond, count: count)
  }

  /// The nearest start that is a multiple of ``hop``, at most 5 ms away. Windows that start there
  /// share most of their columns with earlier ones.
  public static func onGrid(_ start: Int) -> Int {
    Int((Double(start) / Double(hop)).rounded()) * hop
  }
}

// The windows that the reference uses, for comparison with its published predictions. Its frames
// last 1 / (fps + 1) s, so its sound drifts 32 ms early for each second of a 30 fps video, and it
// works in chunks of 64 frames.
extension SoundWindow {
  /// The first chunk in which the reference sees a frame. The last chunk overlaps the one before
  /// it, so that it is complete.
  ///
  /// - Parameter frames: of the video; nil if that is not known, and no chunk is the last
  public static func referenceChunk(of frame: Int, frames: Int?) -> Range<Int> {
    let size = 64
    let first = frame / size * size
    guard let frames else { return first..<first + size }
    let start = max(0, min(first, frames - size))
    return start..<max(frame + 1, min(start + size, frames))
  }

  /// - Parameters:
  ///   - chunk: consecutive frames
  ///   - count: samples of the track
  /// - Returns: (frames,) first sample of each frame's window
  public static func referenceStarts(
    chunk: Range<Int>, framesPerSecond: Double, count: Int
  ) -> [Int] {
    guard let first = chunk.first, let last = chunk.last else { return [] }
    let rate = Double(sampleRate)
    let half = Double(size / 2)
    let fps = framesPerSecond.rounded() + 1
    let offset = Int(max(0, Double(first) * rate / fps - half))
    let length = max(size, Int(Double(last) * rate / fps + half) - offset)
    let read = min(length, count - offset)
    return chunk.map { frame in
      // The middle of start and end, each rounded as in the reference: with (frame + 0.5) / fps
      // some windows would start one sample later.
      let period = 1 / fps
      let middle = (Double(frame) * period + Double(frame + 1) * period) / 2
      let center = max(0, middle * rate - Double(offset))
      let start = min(Int(max(0, center - half)), read - size)
      return max(0, offset + start)
    }
  }
}
