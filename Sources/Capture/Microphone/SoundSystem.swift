import Runtime

/// What a microphone needs of the operating system, so that tests can stand in for it.
///
/// The devices that it opens are used by one thread at a time.
protocol SoundSystem: Sendable {
  func microphones() -> [MicrophoneDevice]
  /// `device`: ALSA's name of a PCM.
  func open(_ device: String) -> Outcome<any SoundDevice>
  /// CLOCK_MONOTONIC, ns.
  func now() -> UInt64
  /// Sleeps; true when told to stop.
  func pause(until deadline: UInt64) -> Bool
}

/// One open PCM that captures. Each method is one call of ALSA, or one of a kind in a row.
protocol SoundDevice: AnyObject {
  /// The nearest to 16 kHz mono that the device has without converting; leaves it ready to start.
  func configure() -> Outcome<CaptureFormat>
  func start() -> Outcome<Void>
  func wait(until deadline: UInt64) -> Readiness
  func position() -> Outcome<CapturePosition>
  /// Interleaved frames, as many as there are and fit; returns how many.
  func read(_ block: UnsafeMutableRawBufferPointer, frames: Int) -> Outcome<Int>
  /// Ready to start again, after an overrun.
  func prepare() -> Outcome<Void>
  /// After the system slept; `wouldBlock` until the driver is awake.
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
  /// Frames that come at a time, and that the device holds.
  var period: Int
  var buffer: Int

  var bytesPerFrame: Int { channels * encoding.bytes }
}

/// How many frames wait, and when that was.
struct CapturePosition: Equatable, Sendable {
  var frames: Int
  /// CLOCK_MONOTONIC, ns; nil if the device does not say.
  var timestamp: UInt64?
}
