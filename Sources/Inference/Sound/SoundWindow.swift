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
    // A middle that is a sample's place but for rounding is at it.
    let start = (center - Double(size / 2) + 1e-6).rounded(.down)
    // Within limits that no track reaches: the conversion then never traps.
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

// The windows that the reference takes, to compare with its published predictions: its frames last
// 1 / (fps + 1) s, so that its sound is 32 ms too early for each second of a video at 30 fps, and it
// works on chunks of 64 frames.
extension SoundWindow {
  /// The chunk in which the reference first meets a frame. The last one reaches back into the one
  /// before, so that it is a whole one.
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
  ///   - chunk: frames that follow one another
  ///   - count: samples of the track
  /// - Returns: (frames,) the first sample of each frame's window
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
