import Runtime

/// The outcome of a system call.
enum Outcome<Value> {
  case done(Value)
  /// EAGAIN: try again later.
  case wouldBlock
  /// The errno, read immediately after the call.
  case failed(Int32)
}

/// The operating system as a camera needs it; a protocol, so that tests can replace it.
///
/// Each device that it opens is used by one thread at a time.
protocol VideoSystem: Sendable {
  /// `/dev/video0`, … in numerical order.
  func nodes() -> [String]
  /// Maps names in `/dev/v4l/by-id` to nodes.
  func namesByID() -> [String: String]
  func open(_ node: String) -> Outcome<any VideoDevice>
  /// CLOCK_MONOTONIC, ns.
  func now() -> UInt64
  /// Sleeps; returns true if a stop was requested.
  func pause(until deadline: UInt64) -> Bool
}

/// An open video node. Each method is one V4L2 system call, or a series of the same call.
protocol VideoDevice: AnyObject {
  func capability() -> Outcome<DeviceCapability>
  /// Formats of the hardware, without libv4l2's own conversions.
  func offers() -> [FormatOffer]
  /// The driver chooses the nearest format that it supports.
  func setFormat(width: Int, height: Int, pixelFormat: FourCC) -> Outcome<BufferFormat>
  /// Returns frames per second, 0 if the driver does not say; nil requests no particular rate.
  func setRate(_ framesPerSecond: Double?) -> Outcome<Double>
  /// Allocates and maps buffers.
  func makeBuffers(_ count: Int) -> Outcome<Void>
  /// Queues every buffer and starts the stream.
  func startStream() -> Outcome<Void>
  func stopStream() -> Outcome<Void>
  func wait(until deadline: UInt64) -> Readiness
  /// The bytes are valid until the buffer is queued again.
  func dequeue() -> Outcome<CameraBuffer>
  func queue(_ buffer: CameraBuffer) -> Outcome<Void>
  /// Unmaps the buffers and closes the node.
  func close()
}

enum Readiness: Equatable {
  case ready, timedOut, stopped
  /// The device has disappeared.
  case hungUp
}

struct DeviceCapability: Equatable, Sendable {
  var name: String
  var bus: String
  /// Whether it captures pictures into mapped buffers.
  var captures: Bool
}

struct CameraBuffer {
  var index: Int
  var bytes: UnsafeRawBufferPointer
  /// V4L2_BUF_FLAG_ERROR: the driver reports damaged content.
  var isDamaged: Bool
  var sequence: UInt32
  /// CLOCK_MONOTONIC, ns; nil if the driver uses another clock.
  var timestamp: UInt64?
}

/// A pixel format and its sizes, as the driver lists them.
public struct FormatOffer: Equatable, Sendable {
  public var pixelFormat: FourCC
  public var sizes: [SizeOffer]
}

/// A size, or a range of sizes, with the rates available for it.
public struct SizeOffer: Equatable, Sendable {
  public var widths: ClosedRange<Int>
  public var heights: ClosedRange<Int>
  /// Frames per second, highest first; for a continuous range, its two ends.
  public var rates: [Double]
}
