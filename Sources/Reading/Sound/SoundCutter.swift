import Capture
import Inference

/// The window of sound that belongs to one frame, as numbers of samples in the track.
package struct SoundCut: Equatable, Sendable {
  /// Its first sample; it has ``Inference/SoundWindow/size``.
  package var start: Int
  /// The middle of the frame's time.
  var frameMiddle: Double
  /// The same number will always be the same sample: nothing in it is still to come.
  package var isComplete: Bool

  package var middle: Double { Double(start) + Double(SoundWindow.size) / 2 }

  /// From the middle of the frame to that of the window, ms.
  package var offsetMilliseconds: Double {
    (middle - frameMiddle) * 1000 / Double(SoundWindow.sampleRate)
  }
}

/// Cuts the windows of the frames out of a sound.
package final class SoundCutter {
  package enum Alignment: Equatable, Sendable {
    /// Centred on the frame, as far as the sound reaches.
    case centered
    /// As far as the sound has come, and where windows share their columns: at most 10 ms earlier.
    case live
    /// The reference's windows, for comparison with its predictions; of a video of `frames` frames,
    /// where that is known.
    case reference(framesPerSecond: Double, frames: Int?)
  }

  /// The last window. (10080,)
  package private(set) var window = SoundWindow.silence

  private let sound: any SoundReader
  private let alignment: Alignment
  /// The first sample goes with the first frame: the sound is not a track of the video.
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

  /// s of the sound at which `frame` begins.
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
      // Beyond the last window of the chunk.
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
