/// Which camera to use and what to request from it; nil means no preference.
public struct CameraOptions: Sendable {
  /// `/dev/videoN`, N, a by-id name or part of a camera's name; the first camera if nil.
  public var device: String?
  public var width: Int?
  public var height: Int?
  public var framesPerSecond: Double?
  public var pixelFormat: FourCC?
  /// Whether it is an error if the camera does not deliver what was requested.
  public var strict: Bool
  /// How long to wait for a lost camera, in s.
  public var reconnectSeconds: Double

  public init(
    device: String? = nil, width: Int? = nil, height: Int? = nil, framesPerSecond: Double? = nil,
    pixelFormat: FourCC? = nil, strict: Bool = false, reconnectSeconds: Double = 30
  ) {
    self.device = device
    self.width = width
    self.height = height
    self.framesPerSecond = framesPerSecond
    self.pixelFormat = pixelFormat
    self.strict = strict
    self.reconnectSeconds = reconnectSeconds
  }
}
