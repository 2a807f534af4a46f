/// Sound to go with the frames of a ``FrameSource``, as numbered samples: 16 kHz, mono.
///
/// Sample n is at `origin + n / sampleRate` on the clock of ``Frame/clockTime``. Gaps in the sound
/// are filled with zeros, so this always holds. Not thread-safe.
public protocol SoundReader: AnyObject {
  /// Time of sample 0 on the clock of ``Frame/clockTime``, in s.
  var origin: Double { get }

  /// Number of available samples, at most `end`. If fewer, a file ends there; a microphone has not
  /// delivered the rest yet. Does not wait.
  func available(upTo end: Int) -> Int

  /// Copies samples starting at number `first`, scaled as int16 / 32768. Unavailable samples are 0.
  func read(from first: Int, into samples: UnsafeMutableBufferPointer<Float>)
}

/// Sample rate to which all sound is converted, in Hz.
public let soundSampleRate = 16000
