/// Sound as numbered samples beside the frames of a ``FrameSource``: 16 kHz, mono.
///
/// Sample n is at `origin + n / sampleRate` on the clock of ``Frame/clockTime``, whatever gaps the
/// sound has: those are zeros. For one thread at a time.
public protocol SoundReader: AnyObject {
  /// s on the clock of ``Frame/clockTime``: the time of sample 0.
  var origin: Double { get }

  /// How many samples there are, at most `end`. Fewer of a file: this is its length. Fewer of a
  /// microphone: they are still to come; it does not wait for them.
  func available(upTo end: Int) -> Int

  /// Copies the samples from number `first` on, int16 / 32768; those that are not there are 0.
  func read(from first: Int, into samples: UnsafeMutableBufferPointer<Float>)
}

/// What every sound is turned into, Hz.
public let soundSampleRate = 16000
