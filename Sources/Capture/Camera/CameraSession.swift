import Glibc
import Imaging
import Runtime

/// The ``CaptureSession`` of a V4L2 camera.
final class CameraSession: CaptureSession {
  private let options: CameraOptions
  private let system: any VideoSystem
  let link: CameraLink
  var machine: CameraMachine
  private var identity: CameraIdentity
  private var device: (any VideoDevice)?
  private var format: BufferFormat
  private let decoder = PictureDecoder()
  private var clock = FrameClock()
  /// A copy of one frame's bytes, so that its buffer returns to the driver at once. Two bytes
  /// larger than the largest frame.
  private var scratch: [UInt8] = []
  /// The camera was reopened and has not delivered a picture yet.
  private var reconnecting = false

  /// Finds the camera and starts its stream. Throws ``CameraError``.
  init(_ options: CameraOptions, system: any VideoSystem, link: CameraLink) throws(CameraError) {
    self.options = options
    self.system = system
    self.link = link
    let found = try CameraDevice.find(options.device, in: system)
    identity = CameraIdentity(of: found, in: system)
    machine = CameraMachine(device: found.node, reconnectSeconds: options.reconnectSeconds)
    _ = machine.step(after: .start, at: Double(system.now()) * 1e-9)
    let opened = try Self.open(found, options, system)
    device = opened.device
    format = opened.format
    link.progress.withLock { $0.format = opened.sourceFormat }
  }

  var seconds: Double { Double(system.now()) * 1e-9 }

  func close() {
    device?.close()
    device = nil
  }

  func pause(until: Double) -> Bool { system.pause(until: UInt64(until * 1e9)) }

  func restart() -> CameraMachine.Event {
    clock.restart()
    return device!.stopStream().isDone && device!.startStream().isDone ? .restarted : .failed
  }

  func reopen() -> CameraMachine.Event {
    close()
    clock.restart()
    do throws(CameraError) {
      guard let found = identity.find(in: try CameraDevice.all(in: system)) else {
        throw .noDevice(tried: system.nodes())
      }
      // Requests what was delivered the first time, so that pictures keep their size.
      var again = options
      (again.width, again.height) = (format.width, format.height)
      again.pixelFormat = format.pixelFormat
      again.strict = false
      let opened = try Self.open(found, again, system)
      device = opened.device
      guard opened.format.width == format.width, opened.format.height == format.height else {
        close()
        throw .formatRefused(
          device: found.node, asked: "\(format.width)x\(format.height)",
          got: "\(opened.format.width)x\(opened.format.height)")
      }
      format = opened.format
      link.progress.withLock {
        $0.format?.path = found.node
        $0.format?.bus = found.bus
      }
      reconnecting = true
      return .opened
    } catch {
      return .openFailed(error)
    }
  }

  /// Captures one buffer; nil if a stop was requested.
  func capture(until: Double) -> CameraMachine.Event? {
    let deadline = UInt64(until * 1e9)
    while true {
      switch device!.wait(until: deadline) {
      case .stopped: return nil
      case .timedOut: return .silence
      case .hungUp: return .gone
      case .ready: break
      }
      switch device!.dequeue() {
      case .done(let buffer): return take(buffer)
      case .failed(ENODEV): return .gone
      case .failed: return .failed
      case .wouldBlock:
        if system.now() >= deadline { return .silence }
      }
    }
  }

  /// Nominal duration of a frame.
  private var frameSeconds: Double {
    let rate = link.progress.withLock { $0.format?.framesPerSecond ?? 0 }
    return rate > 0 ? 1 / rate : 1.0 / 30
  }

  private func take(_ buffer: CameraBuffer) -> CameraMachine.Event {
    let stamp = clock.stamp(number: buffer.sequence, timestamp: buffer.timestamp, now: system.now())
    let count = buffer.bytes.count
    if scratch.count < count + 2 { scratch = [UInt8](repeating: 0, count: count + 2) }
    scratch.withUnsafeMutableBytes { $0.copyMemory(from: buffer.bytes) }
    switch device!.queue(buffer) {
    case .done, .wouldBlock: break
    case .failed(ENODEV): return .gone
    case .failed: return .failed
    }
    guard !buffer.isDamaged, count > 0, let image = decode(count) else {
      link.progress.withLock {
        $0.damaged += 1
        $0.missed += stamp.missing + 1
      }
      return .damaged
    }
    let missed = link.progress.withLock {
      $0.missed += stamp.missing
      if reconnecting { $0.reconnects += 1 }
      return $0.missed
    }
    reconnecting = false
    let duration = frameSeconds
    link.queue.put { replaced in
      Frame(
        image: image, time: stamp.time, clockTime: Double(stamp.capturedAt) * 1e-9,
        duration: duration, sequence: stamp.sequence, capturedAt: stamp.capturedAt,
        dropped: missed + replaced)
    }
    return .picture
  }

  private func decode(_ count: Int) -> Image? {
    // Some cameras omit the end marker. With one added, libjpeg only warns about pictures with
    // missing parts.
    scratch[count] = 0xFF
    scratch[count + 1] = 0xD9
    let isCompressed = format.pixelFormat.isJPEG
    return scratch.withUnsafeBytes {
      decoder.image(
        UnsafeRawBufferPointer(rebasing: $0[..<(count + (isCompressed ? 2 : 0))]), format)
    }
  }

  private static func open(
    _ found: CameraDevice, _ options: CameraOptions, _ system: any VideoSystem
  ) throws(CameraError) -> (
    device: any VideoDevice, format: BufferFormat, sourceFormat: SourceFormat
  ) {
    let device: any VideoDevice
    switch system.open(found.node) {
    case .done(let opened): device = opened
    case .failed(let code): throw .opening(found.node, code)
    case .wouldBlock: throw .busy(device: found.node)
    }
    @discardableResult
    func check<Value>(_ call: String, _ outcome: Outcome<Value>) throws(CameraError) -> Value {
      switch outcome {
      case .done(let value): return value
      case .failed(EBUSY), .wouldBlock: throw .busy(device: found.node)
      case .failed(ENODEV): throw .noDevice(tried: [found.node])
      case .failed(let code): throw .refused(device: found.node, call: call, errno: code)
      }
    }
    do throws(CameraError) {
      // If no offered format can be decoded, libv4l2 converts to one that can.
      let request =
        FormatRequest(options, offers: found.formats)
        ?? FormatRequest(
          width: options.width ?? 640, height: options.height ?? 480,
          framesPerSecond: options.framesPerSecond ?? 30, pixelFormat: .bgr3)
      let format = try check(
        "VIDIOC_S_FMT",
        device.setFormat(
          width: request.width, height: request.height, pixelFormat: request.pixelFormat))
      guard PictureDecoder.formats.contains(format.pixelFormat), format.width > 0, format.height > 0
      else {
        throw .noUsableFormat(
          device: found.node, offered: found.formats.map(\.pixelFormat.description))
      }
      // Not every driver supports frame rates.
      let rate: Double
      switch device.setRate(request.framesPerSecond) {
      case .done(let given): rate = given
      case .failed(EBUSY): throw .busy(device: found.node)
      default: rate = 0
      }
      let difference = FormatDifference(options, got: format, framesPerSecond: rate)
      if options.strict, let difference {
        throw .formatRefused(
          device: found.node, asked: difference.asked, got: difference.got)
      }
      try check("VIDIOC_REQBUFS", device.makeBuffers(4))
      try check("VIDIOC_STREAMON", device.startStream())
      let sourceFormat = SourceFormat(
        name: found.name, path: found.node, bus: found.bus, width: format.width,
        height: format.height, framesPerSecond: rate, pixelFormat: format.pixelFormat.description,
        differences: difference.map { [$0.description] } ?? [])
      return (device, format, sourceFormat)
    } catch {
      device.close()
      throw error
    }
  }
}

/// State shared between a ``Camera`` and its thread.
final class CameraLink: Sendable {
  struct Progress {
    var format: SourceFormat?
    var state = CameraMachine.State.closed
    /// Time of the last buffer on CLOCK_MONOTONIC, in s.
    var since = 0.0
    var damaged = 0
    /// Frames that were damaged or are missing from the sequence numbers.
    var missed = 0
    var reconnects = 0
  }

  let queue = Queue<Frame>(.newestWins(capacity: 1))
  let progress = Locked(Progress())
}

/// Recognizes a camera after it has been unplugged.
struct CameraIdentity: Equatable {
  var name: String
  var bus: String
  /// Bus positions of other cameras with the same name that were connected at the same time.
  var twins: [String]

  init(of camera: CameraDevice, in system: any VideoSystem) {
    name = camera.name
    bus = camera.bus
    let cameras = (try? CameraDevice.all(in: system)) ?? []
    twins = cameras.filter { $0.name == camera.name && $0.node != camera.node }.map(\.bus)
  }

  /// Finds it at its old position, or else anywhere by name, ignoring its twins.
  func find(in cameras: [CameraDevice]) -> CameraDevice? {
    let namesakes = cameras.filter { $0.name == name }
    return namesakes.first { $0.bus == bus } ?? namesakes.first { !twins.contains($0.bus) }
  }
}
