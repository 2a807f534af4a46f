import Glibc
import Imaging

@testable import Capture
@testable import Runtime

/// A system with a fake clock that only advances when the code waits. It runs a script of camera
/// events, indexed by buffer number.
final class ScriptedSystem: VideoSystem {
  /// The outcome of waiting for a buffer.
  enum Happening: Sendable {
    case frame([UInt8])
    case flagged
    case empty
    case silence
    case fails(Int32)
    case hangsUp
    /// `count` frames are missing before the next one.
    case skip(UInt32)
    /// The camera is unplugged, and returns under this node after that many seconds.
    case unplug(backAt: String?, after: Double)
    case stop
  }

  struct Model: Sendable {
    var node: String? = "/dev/video0"
    var name = "Scripted Camera"
    var bus = "usb-1"
    var captures = true
    var openError: Int32?
    /// The errno with which each call fails.
    var refusals: [String: Int32] = [:]
    var given = BufferFormat(width: 4, height: 2, pixelFormat: .grey, bytesPerRow: 4)
    var rate = 30.0
    var offers: [FormatOffer] = []
    var script: [Happening] = []
    /// Nodes that are not cameras.
    var others: [String: Int32] = [:]
  }

  struct State {
    var now: UInt64 = 1_000_000_000_000
    var model: Model
    var place = 0
    var sequence: UInt32 = 0
    var returnsAt: (node: String, time: UInt64)?
    /// Names of the calls, in order.
    var calls: [String] = []
    var openDevices = 0
  }

  let state: Locked<State>

  init(_ model: Model) {
    state = Locked(State(model: model))
  }

  var calls: [String] { state.withLock { $0.calls } }

  private func settle(_ state: inout State) {
    if let back = state.returnsAt, state.now >= back.time {
      state.model.node = back.node
      state.returnsAt = nil
    }
  }

  func nodes() -> [String] {
    state.withLock {
      settle(&$0)
      return ($0.model.others.keys + ($0.model.node.map { [$0] } ?? [])).sorted()
    }
  }

  func namesByID() -> [String: String] { ["usb-Scripted-index0": "/dev/video0"] }

  func open(_ node: String) -> Outcome<any VideoDevice> {
    state.withLock { state in
      settle(&state)
      if let error = state.model.others[node] { return .failed(error) }
      guard node == state.model.node else { return .failed(ENOENT) }
      if let error = state.model.openError { return .failed(error) }
      state.openDevices += 1
      return .done(ScriptedDevice(self))
    }
  }

  func now() -> UInt64 { state.withLock { $0.now } }

  func pause(until deadline: UInt64) -> Bool {
    state.withLock {
      $0.calls.append("pause")
      $0.now = max($0.now, deadline)
      return false
    }
  }
}

final class ScriptedDevice: VideoDevice {
  private let system: ScriptedSystem
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
  private var gone = false

  init(_ system: ScriptedSystem) {
    self.system = system
  }

  deinit { memory.deallocate() }

  private func call<Value>(_ name: String, _ value: (ScriptedSystem.Model) -> Value) -> Outcome<
    Value
  > {
    system.state.withLock {
      $0.calls.append(name)
      if gone { return .failed(ENODEV) }
      if let error = $0.model.refusals[name] { return .failed(error) }
      return .done(value($0.model))
    }
  }

  func capability() -> Outcome<DeviceCapability> {
    call("capability") { DeviceCapability(name: $0.name, bus: $0.bus, captures: $0.captures) }
  }
  func offers() -> [FormatOffer] { system.state.withLock { $0.model.offers } }
  func setFormat(width: Int, height: Int, pixelFormat: FourCC) -> Outcome<BufferFormat> {
    call("setFormat") { $0.given }
  }
  func setRate(_ framesPerSecond: Double?) -> Outcome<Double> { call("setRate") { $0.rate } }
  func makeBuffers(_ count: Int) -> Outcome<Void> { call("makeBuffers") { _ in } }
  func startStream() -> Outcome<Void> {
    system.state.withLock { $0.sequence = 0 }
    return call("startStream") { _ in }
  }
  func stopStream() -> Outcome<Void> { call("stopStream") { _ in } }

  /// Each step of the script takes a tenth of a second.
  func wait(until deadline: UInt64) -> Readiness {
    system.state.withLock { state in
      while true {
        guard state.place < state.model.script.count else { return .stopped }
        switch state.model.script[state.place] {
        case .stop: return .stopped
        case .silence:
          state.place += 1
          state.now = deadline
          return .timedOut
        case .skip(let count):
          state.place += 1
          state.sequence &+= count
        case .hangsUp:
          state.place += 1
          return .hungUp
        case .unplug(let node, let seconds):
          state.place += 1
          state.model.node = nil
          gone = true
          if let node { state.returnsAt = (node, state.now + UInt64(seconds * 1e9)) }
          return .ready
        default:
          state.now += 100_000_000
          return .ready
        }
      }
    }
  }

  func dequeue() -> Outcome<CameraBuffer> {
    if gone { return .failed(ENODEV) }
    let (happening, sequence, now) = system.state.withLock { state in
      defer {
        state.place += 1
        state.sequence &+= 1
      }
      return (state.model.script[state.place], state.sequence, state.now)
    }
    var (bytes, flagged): ([UInt8], Bool) = ([], false)
    switch happening {
    case .frame(let content): bytes = content
    case .flagged: (bytes, flagged) = ([UInt8](repeating: 9, count: 8), true)
    case .fails(let error): return .failed(error)
    default: break
    }
    memory.copyBytes(from: bytes)
    return .done(
      CameraBuffer(
        index: 0, bytes: UnsafeRawBufferPointer(rebasing: memory[..<bytes.count]),
        isDamaged: flagged, sequence: sequence, timestamp: now))
  }

  func queue(_ buffer: CameraBuffer) -> Outcome<Void> {
    // As a driver may do with a buffer that was returned to it.
    memory.initializeMemory(as: UInt8.self, repeating: 0xEE)
    return call("queue") { _ in }
  }

  func close() {
    system.state.withLock {
      $0.calls.append("close")
      $0.openDevices -= 1
    }
  }
}
