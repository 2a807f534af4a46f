import Capture
import Inference

/// The sound window of one frame, in sample numbers of the track.
package struct SoundCut: Equatable, Sendable {
  /// Number of its first sample; it has ``Inference/SoundWindow/size`` samples.
  package var start: Int
  /// The middle of the frame's time.
  var frameMiddle: Double
  /// True if every sample has arrived, so that the same number will always be the same sample.
  package var isComplete: Bool

  package var middle: Double { Double(start) + Double(SoundWindow.size) / 2 }

  /// From the middle of the frame to that of the window, ms.
  package var offsetMilliseconds: Double {
    (middle - frameMiddle) * 1000 / Double(SoundWindow.sampleRate)
  }
}

/// Cuts the sound windows of frames out of a track.
package final class SoundCutter {
  package enum Alignment: Equatable, Sendable {
    /// Centred on the frame, as far as the sound reaches.
    case centered
    /// Limited to the sound that has arrived, and snapped to a grid so that windows share their
    /// columns: at most 10 ms earlier.
    case live
    /// The reference's windows, for comparison with its predictions; for a video of `frames`
    /// frames, if that is known.
    case reference(framesPerSecond: Double, frames: Int?)
  }

  /// The last window. (10080,)
  package private(set) var window = SoundWindow.silence

  private let sound: any SoundReader
  private let alignment: Alignment
  /// True if the sound is not the video's track: its first sample goes with the first frame.
  private let isSeparate: Bool
  private var chunk: (frames: Range<Int>, starts: [Int]) = (0..<0, [])

  package init(_ sound: any SoundReader, _ alignment: Alignment, isSeparate: Bool = false) {
    self.sound = sound
    self.alignment = alignment
    self.isSeparate = isSeparate
  }

  /// Fills ``window`` with the sound of `frame`.
  package func cut(_ frame: Frame) -> SoundCut {
    let middle = Double(SoundWindow.sampleRate) * (time(of: frame) + frame.duration / 2)
    var cut = SoundCut(start: 0, frameMiddle: middle, isComplete: true)
    switch alignment {
    case .centered: cut.start = start(middle)
    case .live:
      let start = start(middle)
      let grid = SoundWindow.onGrid(start)
      cut.start = max(0, grid > start ? grid - SoundWindow.hop : grid)
      let end = cut.start + SoundWindow.size
      cut.isComplete = sound.available(upTo: end) == end
    case .reference(let framesPerSecond, let frames):
      let chunk = SoundWindow.referenceChunk(of: frame.sequence, frames: frames)
      cut.start = referenceStart(frame: frame.sequence, of: chunk, framesPerSecond)
    }
    window.withUnsafeMutableBufferPointer { sound.read(from: cut.start, into: $0) }
    return cut
  }

  /// Where `frame` begins in the sound, s.
  package func time(of frame: Frame) -> Double {
    isSeparate ? frame.time : frame.clockTime - sound.origin
  }

  private func start(_ middle: Double) -> Int {
    let ideal = SoundWindow.start(center: middle, count: .max)
    return SoundWindow.start(
      center: middle, count: sound.available(upTo: ideal + SoundWindow.size))
  }

  private func referenceStart(
    frame: Int, of frames: Range<Int>, _ framesPerSecond: Double
  ) -> Int {
    if chunk.frames != frames {
      // Past the last window of the chunk.
      let end = Double(frames.upperBound) / framesPerSecond * Double(SoundWindow.sampleRate)
      let count = sound.available(upTo: Int(end) + 2 * SoundWindow.size)
      chunk = (
        frames,
        SoundWindow.referenceStarts(
          chunk: frames, framesPerSecond: framesPerSecond, count: count)
      )
    }
    return chunk.starts[frame - frames.lowerBound]
  }
}
