/// The piece of a sound track that belongs to a frame: 0.63 s around its middle. Sound is mono at
/// 16 kHz, a sample is in [-1, 1] (a 16-bit one divided by 32768).
public enum SoundWindow {
  /// Hz
  public static let sampleRate = 16000
  /// samples
  public static let size = 10080
  /// Samples from one column of the front end to the next.
  public static let hop = 160
  /// (10080,)
  public static let silence = [Float](repeating: 0, count: size)

  /// The window around `center`, moved where it would reach beyond an end of the track.
  ///
  /// - Parameters:
  ///   - center: the middle of the frame's time, in samples since the track's first one
  ///   - count: samples of the track, `.max` for one that goes on. Behind a track that is shorter
  ///     than a window zeros are to be put
  /// - Returns: the first sample
  public static func start(center: Double, count: Int) -> Int {
    // Within limits that no track reaches: the conversion then never traps.
    let start = (center - Double(size / 2)).rounded(.down)
    return max(0, min(Int(max(0, min(start, 1e15))), count - size))
  }

  /// The window of frame `frame` of a video whose first frame and sample belong together.
  ///
  /// - Parameter framesPerSecond: not rounded
  public static func start(frame: Int, framesPerSecond: Double, count: Int) -> Int {
    start(
      center: (Double(frame) + 0.5) * Double(sampleRate) / framesPerSecond, count: count)
  }

  /// The nearest start at a multiple of ``hop``, at most 5 ms away: windows that begin there have
  /// most of their columns in common with the ones before.
  public static func onGrid(_ start: Int) -> Int {
    Int((Double(start) / Double(hop)).rounded()) * hop
  }
}

extension SoundWindow {
  /// The windows that the reference takes for the frames of a video, to compare with its published
  /// predictions: its frames last 1 / (fps + 1) s, so that its sound is 32 ms too early for each
  /// second of a video at 30 fps, and it works on chunks of 64 frames, the last of which overlaps
  /// the one before.
  ///
  /// - Parameter count: samples of the track
  /// - Returns: (frames,) the first sample of each frame's window
  public static func referenceStarts(
    frames: Int, framesPerSecond: Double, count: Int
  ) -> [Int] {
    let chunk = referenceChunk
    var starts: [Int] = []
    while starts.count < frames {
      let first = max(0, min(starts.count, frames - chunk))
      let chunkStarts = referenceStarts(
        chunk: first..<min(first + chunk, frames), framesPerSecond: framesPerSecond, count: count)
      // Frames that are met twice keep their first window.
      starts += chunkStarts.dropFirst(starts.count - first)
    }
    return starts
  }

  /// Frames that the reference takes at a time.
  public static let referenceChunk = 64

  /// The same for one chunk of consecutive frames.
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
      // The middle of begin and end, each rounded as the reference rounds it: written as
      // (frame + 0.5) / fps some windows begin a sample later.
      let period = 1 / fps
      let middle = (Double(frame) * period + Double(frame + 1) * period) / 2
      let center = max(0, middle * rate - Double(offset))
      let start = min(Int(max(0, center - half)), read - size)
      return max(0, offset + start)
    }
  }
}
