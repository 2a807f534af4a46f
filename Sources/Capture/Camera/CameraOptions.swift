/// Which camera, and what to ask it for; nil: whatever suits.
public struct CameraOptions: Sendable {
  /// `/dev/videoN`, N, a by-id name or part of a camera's name; nil: the first camera.
  public var device: String?
  public var width: Int?
  public var height: Int?
  public var framesPerSecond: Double?
  public var pixelFormat: FourCC?
  /// A difference between what is asked and what is given is an error.
  public var strict: Bool
  /// How long to wait for a camera that is lost, s.
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
