import Runtime

/// The URL of a network camera.
public struct StreamAddress: Equatable, Sendable, CustomStringConvertible {
  public static let schemes = ["rtsp", "rtsps", "http", "https"]

  /// With user name and password: for the connection alone, never shown or recorded.
  let url: String
  let scheme: String

  /// nil if the text is not a URL with one of the ``schemes``.
  public init?(_ text: String) {
    guard let mark = text.firstRange(of: "://") else { return nil }
    scheme = text[..<mark.lowerBound].lowercased()
    guard Self.schemes.contains(scheme), mark.upperBound < text.endIndex else { return nil }
    url = scheme + text[mark.lowerBound...]
  }

  /// As it may be shown and recorded.
  public var description: String { url.withoutCredentials }

  /// Name or address of the camera, without the port.
  var host: String {
    let authority = description.dropFirst(scheme.count + 3).prefix { $0 != "/" && $0 != "?" }
    if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
    return String(authority.prefix { $0 != ":" })
  }

  var hasCredentials: Bool { url.dropFirst(scheme.count + 3).contains("@") }

  /// Whether a stream over it is paced by the sender; over HTTP it may be a file.
  var isAlwaysLive: Bool { scheme.hasPrefix("rtsp") }
}
