import Runtime

/// The operating system as a microphone needs it; a protocol, so that tests can replace it.
///
/// Each device that it opens is used by one thread at a time.
protocol SoundSystem: Sendable {
  func microphones() -> [MicrophoneDevice]
  /// - Parameter device: ALSA name of a PCM
  func open(_ device: String) -> Outcome<any SoundDevice>
  /// CLOCK_MONOTONIC, ns.
  func now() -> UInt64
  /// Sleeps; returns true if a stop was requested.
  func pause(until deadline: UInt64) -> Bool
}

/// An open capture PCM. Each method is one ALSA call, or a series of the same call.
protocol SoundDevice: AnyObject {
  /// Selects the format nearest to 16 kHz mono that the device supports without conversion, and
  /// leaves it ready to start.
  func configure() -> Outcome<CaptureFormat>
  func start() -> Outcome<Void>
  func wait(until deadline: UInt64) -> Readiness
  func position() -> Outcome<CapturePosition>
  /// Reads interleaved frames, as many as are available and fit; returns their number.
  func read(_ block: UnsafeMutableRawBufferPointer, frames: Int) -> Outcome<Int>
  /// Makes the device ready to start again after an overrun.
  func prepare() -> Outcome<Void>
  /// Resumes after the system was suspended; `wouldBlock` until the driver is ready.
  func resume() -> Outcome<Void>
  func close()
}

struct CaptureFormat: Equatable, Sendable {
  enum Encoding: String, CaseIterable, Sendable {
    case int16 = "S16"
    case int32 = "S32"
    case float = "FLOAT"

    var bytes: Int { self == .int16 ? 2 : 4 }
  }

  var rate: Int
  var channels: Int
  var encoding: Encoding
  /// Frames per period; `buffer` is the number that the device can hold.
  var period: Int
  var buffer: Int

  var bytesPerFrame: Int { channels * encoding.bytes }
}

/// How many frames were waiting, and when.
struct CapturePosition: Equatable, Sendable {
  var frames: Int
  /// CLOCK_MONOTONIC, ns; nil if the device does not say.
  var timestamp: UInt64?
}
