import Glibc
import Runtime

/// A connected camera.
public struct CameraDevice: Equatable, Sendable {
  public var name: String
  /// `/dev/video0`
  public var node: String
  /// Where it is connected, such as `usb-0000:00:14.0-1`.
  public var bus: String
  /// Its name in `/dev/v4l/by-id`, which stays the same when it is plugged in elsewhere.
  public var id: String?
  public var formats: [FormatOffer]

  /// All cameras, ordered by node, without metadata nodes and output devices. Throws
  /// ``CameraError/noPermission(device:)`` if there are nodes but none may be opened.
  public static func all() throws -> [CameraDevice] {
    try all(in: V4L2System(stopSignal: Event()))
  }

  /// The camera selected by `/dev/videoN`, N, a by-id name or part of a camera's name; the first
  /// camera if nil. Throws ``CameraError``.
  public static func find(_ selector: String?) throws -> CameraDevice {
    try find(selector, in: V4L2System(stopSignal: Event()))
  }

  static func all(in system: any VideoSystem) throws(CameraError) -> [CameraDevice] {
    var cameras: [CameraDevice] = []
    var forbidden: String?
    let ids = Dictionary(
      system.namesByID().map { ($0.value, $0.key) }, uniquingKeysWith: { min($0, $1) })
    for node in system.nodes() {
      do throws(CameraError) {
        cameras.append(try open(node, id: ids[node], in: system))
      } catch .noPermission {
        forbidden = forbidden ?? node
      } catch {
        continue
      }
    }
    if cameras.isEmpty, let forbidden { throw .noPermission(device: forbidden) }
    return cameras
  }

  static func find(
    _ selector: String?, in system: any VideoSystem
  ) throws(CameraError) -> CameraDevice {
    guard let selector else {
      guard let first = try all(in: system).first else { throw .noDevice(tried: system.nodes()) }
      return first
    }
    let ids = system.namesByID()
    if let node = node(selector, ids) {
      return try open(node, id: ids.first { $0.value == node }?.key, in: system)
    }
    let cameras = try all(in: system)
    guard let found = cameras.first(where: { $0.name.lowercased().contains(selector.lowercased()) })
    else { throw .notFound(selector: selector, cameras: cameras.map { "\($0.node) (\($0.name))" }) }
    return found
  }

  /// The node that a selector identifies without listing the cameras; nil if it may be part of a
  /// name.
  private static func node(_ selector: String, _ ids: [String: String]) -> String? {
    if selector.hasPrefix("/") {
      guard let resolved = realpath(selector, nil) else { return selector }
      defer { free(resolved) }
      return String(cString: resolved)
    }
    if let number = Int(selector), number >= 0 { return "/dev/video\(number)" }
    return ids[selector]
  }

  private static func open(
    _ node: String, id: String?, in system: any VideoSystem
  ) throws(CameraError) -> CameraDevice {
    let device: any VideoDevice
    switch system.open(node) {
    case .done(let opened): device = opened
    case .failed(let code): throw .opening(node, code)
    case .wouldBlock: throw .busy(device: node)
    }
    defer { device.close() }
    guard case .done(let capability) = device.capability(), capability.captures else {
      throw .notACaptureDevice(device: node)
    }
    return CameraDevice(
      name: capability.name, node: node, bus: capability.bus, id: id, formats: device.offers())
  }
}

extension CameraError {
  /// The error for a node that cannot be opened.
  static func opening(_ node: String, _ code: Int32) -> CameraError {
    switch code {
    case ENOENT, ENODEV, ENXIO: .noDevice(tried: [node])
    case EACCES, EPERM: .noPermission(device: node)
    case EBUSY: .busy(device: node)
    case ENOTTY, EINVAL, EISDIR: .notACaptureDevice(device: node)
    default: .refused(device: node, call: "open", errno: code)
    }
  }
}
