import CV4L2
import Glibc
import Runtime

/// The kernel's video devices, accessed through libv4l2.
final class V4L2System: VideoSystem {
  private let stopSignal: Event

  /// - Parameter stopSignal: ends every wait
  init(stopSignal: Event) {
    self.stopSignal = stopSignal
    _ = Self.quiet
  }

  /// libv4l2's messages would corrupt the terminal screen.
  private static let quiet: Void = emenet_v4l2_quiet()

  func nodes() -> [String] {
    // The full range of V4L2's numbers; probing them all takes less than 1 ms.
    (0..<256).map { "/dev/video\($0)" }.filter { access($0, F_OK) == 0 }
  }

  func namesByID() -> [String: String] {
    let folder = "/dev/v4l/by-id"
    guard let directory = opendir(folder) else { return [:] }
    defer { closedir(directory) }
    var names: [String: String] = [:]
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard !name.hasPrefix("."), let resolved = realpath("\(folder)/\(name)", nil) else {
        continue
      }
      names[name] = String(cString: resolved)
      free(resolved)
    }
    return names
  }

  func open(_ node: String) -> Outcome<any VideoDevice> {
    outcome { emenet_v4l2_open(node, O_RDWR | O_NONBLOCK | O_CLOEXEC) }.map {
      V4L2Device(descriptor: $0, stopSignal: stopSignal)
    }
  }

  func now() -> UInt64 { monotonicNanoseconds() }

  func pause(until deadline: UInt64) -> Bool { stopSignal.wait(until: deadline) }
}

/// All system calls go through here: repeats interrupted calls and reads errno at once.
func outcome(_ call: () -> Int32) -> Outcome<Int32> {
  while true {
    let result = call()
    if result != -1 { return .done(result) }
    let code = errno
    switch code {
    case EINTR: continue
    case EAGAIN: return .wouldBlock
    default: return .failed(code)
    }
  }
}

extension Outcome {
  func map<Other>(_ transform: (Value) -> Other) -> Outcome<Other> {
    switch self {
    case .done(let value): .done(transform(value))
    case .wouldBlock: .wouldBlock
    case .failed(let code): .failed(code)
    }
  }

  var isDone: Bool {
    if case .done = self { true } else { false }
  }
}
