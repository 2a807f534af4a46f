import Runtime

/// What a system call came to.
enum Outcome<Value> {
  case done(Value)
  /// EAGAIN: later.
  case wouldBlock
  /// The errno, read at once.
  case failed(Int32)
}

/// What a camera needs of the operating system, so that tests can stand in for it.
///
/// The devices that it opens are used by one thread at a time.
protocol VideoSystem: Sendable {
  /// `/dev/video0`, … in the order of their numbers.
  func nodes() -> [String]
  /// From names in `/dev/v4l/by-id` to nodes.
  func namesByID() -> [String: String]
  func open(_ node: String) -> Outcome<any VideoDevice>
  /// CLOCK_MONOTONIC, ns.
  func now() -> UInt64
  /// Sleeps; true when told to stop.
  func pause(until deadline: UInt64) -> Bool
}

/// One open video node. Each method is one system call of V4L2, or one of a kind in a row.
protocol VideoDevice: AnyObject {
  func capability() -> Outcome<DeviceCapability>
  /// Formats that the hardware has, libv4l2's own conversions left out.
  func offers() -> [FormatOffer]
  /// The driver takes the nearest that it has.
  func setFormat(width: Int, height: Int, pixelFormat: FourCC) -> Outcome<BufferFormat>
  /// Frames a second, 0 where the driver does not say; nil asks for nothing.
  func setRate(_ framesPerSecond: Double?) -> Outcome<Double>
  /// Maps buffers.
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
  /// The device is gone.
  case hungUp
}

struct DeviceCapability: Equatable, Sendable {
  var name: String
  var bus: String
  /// Gives pictures, in mapped buffers.
  var captures: Bool
}

struct CameraBuffer {
  var index: Int
  var bytes: UnsafeRawBufferPointer
  /// V4L2_BUF_FLAG_ERROR: the driver says that the content is damaged.
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

/// One size, or a range of sizes, with the rates that go with it.
public struct SizeOffer: Equatable, Sendable {
  public var widths: ClosedRange<Int>
  public var heights: ClosedRange<Int>
  /// Frames a second, the highest first; of a continuous range both ends.
  public var rates: [Double]
}
