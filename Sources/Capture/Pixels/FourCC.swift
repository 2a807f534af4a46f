/// A pixel format's code, four characters such as `YUYV`.
public struct FourCC: Hashable, Sendable, CustomStringConvertible {
  public let code: UInt32

  public init(code: UInt32) {
    self.code = code
  }

  /// Four ASCII characters.
  init(_ characters: StaticString) {
    precondition(characters.utf8CodeUnitCount == 4, "a code has four characters")
    code = (0..<4).reduce(0) { $0 | UInt32(characters.utf8Start[$1]) << ($1 * 8) }
  }

  /// Accepts, in any case, a code or a name used by ffmpeg or drivers.
  public init?(named name: String) {
    let name = name.lowercased()
    if let code = Self.names[name] {
      self = code
    } else {
      let bytes = Array(name.uppercased().utf8)
      guard bytes.count == 4, bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return nil }
      code = (0..<4).reduce(0) { $0 | UInt32(bytes[$1]) << ($1 * 8) }
    }
  }

  private static let names: [String: FourCC] = [
    "mjpeg": .mjpg, "jpg": .jpeg, "yuyv422": .yuyv, "yuy2": .yuyv, "uyvy422": .uyvy,
    "yuv420": .yu12, "yuv420p": .yu12, "i420": .yu12, "gray": .grey, "y8": .grey,
    "rgb24": .rgb3, "bgr24": .bgr3,
  ]

  static let mjpg = FourCC("MJPG")
  static let jpeg = FourCC("JPEG")
  static let yuyv = FourCC("YUYV")
  static let uyvy = FourCC("UYVY")
  static let nv12 = FourCC("NV12")
  static let nv21 = FourCC("NV21")
  static let yu12 = FourCC("YU12")
  static let yv12 = FourCC("YV12")
  static let grey = FourCC("GREY")
  static let rgb3 = FourCC("RGB3")
  static let bgr3 = FourCC("BGR3")

  var isJPEG: Bool { self == .mjpg || self == .jpeg }

  public var description: String {
    // The highest bit means big endian.
    let characters = (0..<4).map { UInt8(truncatingIfNeeded: code >> ($0 * 8) & 0x7F) }
    let text = String(decoding: characters, as: UTF8.self)
    return text.split(separator: " ").first.map(String.init) ?? text
  }
}
