import CV4L2
import Glibc
import Runtime

/// An open V4L2 node: single-planar capture into memory-mapped buffers.
final class V4L2Device: VideoDevice {
  private let descriptor: Int32
  private let stopSignal: Event
  private var buffers: [UnsafeMutableRawBufferPointer] = []

  /// Takes ownership of `descriptor`, opened by libv4l2.
  init(descriptor: Int32, stopSignal: Event) {
    self.descriptor = descriptor
    self.stopSignal = stopSignal
  }

  private static let capture = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue

  private func control<T>(_ request: UInt, _ argument: inout T) -> Outcome<Int32> {
    withUnsafeMutablePointer(to: &argument) { pointer in
      outcome { emenet_v4l2_ioctl(descriptor, request, pointer) }
    }
  }

  func capability() -> Outcome<DeviceCapability> {
    var capability = v4l2_capability()
    return control(emenet_VIDIOC_QUERYCAP, &capability).map { _ in
      // A camera has several nodes; `device_caps` describes this one.
      let node =
        capability.capabilities & UInt32(V4L2_CAP_DEVICE_CAPS) != 0
        ? capability.device_caps : capability.capabilities
      let needed = UInt32(V4L2_CAP_VIDEO_CAPTURE) | UInt32(V4L2_CAP_STREAMING)
      return DeviceCapability(
        name: text(capability.card), bus: text(capability.bus_info),
        captures: node & needed == needed)
    }
  }

  func offers() -> [FormatOffer] {
    (0..<64 as Range<UInt32>).lazy.map { index -> (FourCC, isEmulated: Bool)? in
      var entry = v4l2_fmtdesc()
      entry.index = index
      entry.type = Self.capture
      guard self.control(emenet_VIDIOC_ENUM_FMT, &entry).isDone else { return nil }
      return (
        FourCC(code: entry.pixelformat), entry.flags & UInt32(V4L2_FMT_FLAG_EMULATED) != 0
      )
    }
    .prefix { $0 != nil }.compactMap { $0 }
    .filter { !$0.isEmulated }
    .map { FormatOffer(pixelFormat: $0.0, sizes: self.sizes(of: $0.0)) }
  }

  private func sizes(of pixelFormat: FourCC) -> [SizeOffer] {
    var sizes: [SizeOffer] = []
    for index in 0..<256 as Range<UInt32> {
      var entry = v4l2_frmsizeenum()
      entry.index = index
      entry.pixel_format = pixelFormat.code
      guard control(emenet_VIDIOC_ENUM_FRAMESIZES, &entry).isDone else { break }
      if entry.type == V4L2_FRMSIZE_TYPE_DISCRETE.rawValue {
        let (width, height) = (Int(entry.discrete.width), Int(entry.discrete.height))
        sizes.append(
          SizeOffer(
            widths: width...width, heights: height...height,
            rates: rates(of: pixelFormat, width, height)))
      } else {
        let range = entry.stepwise
        guard range.min_width <= range.max_width, range.min_height <= range.max_height else {
          break
        }
        sizes.append(
          SizeOffer(
            widths: Int(range.min_width)...Int(range.max_width),
            heights: Int(range.min_height)...Int(range.max_height),
            rates: rates(of: pixelFormat, Int(range.max_width), Int(range.max_height))))
        break
      }
    }
    return sizes
  }

  private func rates(of pixelFormat: FourCC, _ width: Int, _ height: Int) -> [Double] {
    var rates: [Double] = []
    for index in 0..<64 as Range<UInt32> {
      var entry = v4l2_frmivalenum()
      entry.index = index
      entry.pixel_format = pixelFormat.code
      entry.width = UInt32(width)
      entry.height = UInt32(height)
      guard control(emenet_VIDIOC_ENUM_FRAMEINTERVALS, &entry).isDone else { break }
      if entry.type == V4L2_FRMIVAL_TYPE_DISCRETE.rawValue {
        rates.append(rate(entry.discrete))
      } else {
        rates += [rate(entry.stepwise.min), rate(entry.stepwise.max)]
        break
      }
    }
    return rates.filter { $0 > 0 }.sorted(by: >)
  }

  func setFormat(width: Int, height: Int, pixelFormat: FourCC) -> Outcome<BufferFormat> {
    var format = v4l2_format()
    format.type = Self.capture
    format.fmt.pix.width = UInt32(clamping: width)
    format.fmt.pix.height = UInt32(clamping: height)
    format.fmt.pix.pixelformat = pixelFormat.code
    format.fmt.pix.field = V4L2_FIELD_ANY.rawValue
    return control(emenet_VIDIOC_S_FMT, &format).map { _ in
      let picture = format.fmt.pix
      return BufferFormat(
        width: Int(picture.width), height: Int(picture.height),
        pixelFormat: FourCC(code: picture.pixelformat), bytesPerRow: Int(picture.bytesperline),
        fullRange: picture.quantization == V4L2_QUANTIZATION_FULL_RANGE.rawValue
          || picture.quantization == V4L2_QUANTIZATION_DEFAULT.rawValue
            && picture.colorspace == V4L2_COLORSPACE_JPEG.rawValue,
        isBT709: picture.ycbcr_enc == V4L2_YCBCR_ENC_709.rawValue
          || picture.ycbcr_enc == V4L2_YCBCR_ENC_DEFAULT.rawValue
            && picture.colorspace == V4L2_COLORSPACE_REC709.rawValue
      )
    }
  }

  func setRate(_ framesPerSecond: Double?) -> Outcome<Double> {
    var parameters = v4l2_streamparm()
    parameters.type = Self.capture
    let current = control(emenet_VIDIOC_G_PARM, &parameters)
    let canSet = parameters.parm.capture.capability & UInt32(V4L2_CAP_TIMEPERFRAME) != 0
    guard current.isDone, canSet, let framesPerSecond else {
      return current.map { _ in rate(parameters.parm.capture.timeperframe) }
    }
    parameters.parm.capture.timeperframe = v4l2_fract(
      numerator: 1000, denominator: UInt32((framesPerSecond * 1000).rounded()))
    return control(emenet_VIDIOC_S_PARM, &parameters).map { _ in
      rate(parameters.parm.capture.timeperframe)
    }
  }

  func makeBuffers(_ count: Int) -> Outcome<Void> {
    var request = v4l2_requestbuffers()
    request.count = UInt32(count)
    request.type = Self.capture
    request.memory = V4L2_MEMORY_MMAP.rawValue
    let requested = control(emenet_VIDIOC_REQBUFS, &request)
    guard requested.isDone else { return requested.map { _ in } }
    guard request.count > 0 else { return .failed(ENOMEM) }
    for index in 0..<request.count {
      var buffer = buffer(index)
      let found = control(emenet_VIDIOC_QUERYBUF, &buffer)
      guard found.isDone else { return found.map { _ in } }
      let start = v4l2_mmap(
        nil, Int(buffer.length), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor,
        Int64(buffer.m.offset))
      guard let start, start != emenet_map_failed() else { return .failed(errno) }
      buffers.append(UnsafeMutableRawBufferPointer(start: start, count: Int(buffer.length)))
    }
    return .done(())
  }

  func startStream() -> Outcome<Void> {
    for index in buffers.indices {
      var buffer = buffer(UInt32(index))
      let queued = control(emenet_VIDIOC_QBUF, &buffer)
      guard queued.isDone else { return queued.map { _ in } }
    }
    var type = Int32(Self.capture)
    return control(emenet_VIDIOC_STREAMON, &type).map { _ in }
  }

  func stopStream() -> Outcome<Void> {
    var type = Int32(Self.capture)
    return control(emenet_VIDIOC_STREAMOFF, &type).map { _ in }
  }

  func wait(until deadline: UInt64) -> Readiness {
    while true {
      let now = monotonicNanoseconds()
      let milliseconds = deadline > now ? (deadline - now + 999_999) / 1_000_000 : 0
      var entries = [
        pollfd(descriptor: descriptor), pollfd(descriptor: stopSignal.descriptor),
      ]
      let count = outcome { poll(&entries, 2, Int32(clamping: milliseconds)) }
      if entries[1].revents != 0 { return .stopped }
      // An error without a hang-up is reported by the next ioctl.
      if entries[0].revents & Int16(POLLHUP | POLLNVAL) != 0 { return .hungUp }
      if entries[0].revents != 0 { return .ready }
      if case .done = count, monotonicNanoseconds() < deadline { continue }
      return .timedOut
    }
  }

  func dequeue() -> Outcome<CameraBuffer> {
    var buffer = buffer(0)
    let result = control(emenet_VIDIOC_DQBUF, &buffer)
    guard case .done = result else { return result.map { _ in preconditionFailure() } }
    guard buffers.indices.contains(Int(buffer.index)) else { return .failed(EIO) }
    let memory = buffers[Int(buffer.index)]
    let isMonotonic =
      buffer.flags & UInt32(V4L2_BUF_FLAG_TIMESTAMP_MASK)
      == UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
    let time = buffer.timestamp
    return .done(
      CameraBuffer(
        index: Int(buffer.index),
        bytes: UnsafeRawBufferPointer(
          rebasing: memory.prefix(Int(buffer.bytesused))),
        isDamaged: buffer.flags & UInt32(V4L2_BUF_FLAG_ERROR) != 0,
        sequence: buffer.sequence,
        timestamp: isMonotonic && time.tv_sec >= 0
          ? UInt64(time.tv_sec) * 1_000_000_000 + UInt64(clamping: time.tv_usec) * 1000 : nil))
  }

  func queue(_ taken: CameraBuffer) -> Outcome<Void> {
    var buffer = buffer(UInt32(taken.index))
    return control(emenet_VIDIOC_QBUF, &buffer).map { _ in }
  }

  func close() {
    _ = stopStream()
    for buffer in buffers { v4l2_munmap(buffer.baseAddress, buffer.count) }
    buffers = []
    v4l2_close(descriptor)
  }

  private func buffer(_ index: UInt32) -> v4l2_buffer {
    var buffer = v4l2_buffer()
    buffer.index = index
    buffer.type = Self.capture
    buffer.memory = V4L2_MEMORY_MMAP.rawValue
    return buffer
  }
}

private func rate(_ interval: v4l2_fract) -> Double {
  interval.numerator > 0 ? Double(interval.denominator) / Double(interval.numerator) : 0
}

/// The characters of a C array up to the first zero.
private func text<T>(_ characters: T) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
