/// What a source delivers.
public struct SourceFormat: Equatable, Sendable {
  /// The camera's name, or the file name without its directory.
  public var name: String
  /// `/dev/video0`, or the path of the file.
  public var path: String
  /// Where the camera is connected, such as `usb-0000:00:14.0-1`; nil for a file.
  public var bus: String?
  /// Pixels, after applying a file's rotation.
  public var width: Int
  public var height: Int
  /// Nominal; 0 if the source does not say.
  public var framesPerSecond: Double
  /// How many frames a file says that it has; nil if it does not say, and for a camera.
  public var frameCount: Int?
  /// How long a file says that it is, s; nil if it does not say, and for a camera.
  public var seconds: Double?
  /// `MJPG`, `YUYV`, … for a camera; the codec, such as `h264`, for a file.
  public var pixelFormat: String
  /// Requests that were not met, such as "asked 1280x720@60, got 640x480@30".
  public var differences: [String]

  public init(
    name: String, path: String, bus: String? = nil, width: Int, height: Int,
    framesPerSecond: Double, frameCount: Int? = nil, seconds: Double? = nil, pixelFormat: String,
    differences: [String] = []
  ) {
    self.name = name
    self.path = path
    self.bus = bus
    self.width = width
    self.height = height
    self.framesPerSecond = framesPerSecond
    self.frameCount = frameCount
    self.seconds = seconds
    self.pixelFormat = pixelFormat
    self.differences = differences
  }
}
