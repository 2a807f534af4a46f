import CFFmpeg
import Glibc
import Imaging
import Runtime

/// The ``CaptureSession`` of a network camera, through libavformat and libavcodec.
final class StreamSession: CaptureSession {
  let link: CameraLink
  var machine: CameraMachine
  private let address: StreamAddress
  private let reconnectSeconds: Double
  private let stopSignal: Event
  private let watch: StreamWatch
  private var decoder: VideoDecoder?
  /// Of the first connection; pictures of another size are scaled to it.
  private var format: SourceFormat
  private var clock = FrameClock()
  private var streamClock = StreamClock()
  /// Packets sent so far, and faults already counted, of the present connection.
  private var pictures: UInt32 = 0
  private var counted = (damaged: 0, lost: 0)
  private var reconnecting = false

  /// Time for a camera to answer, s.
  private static let openSeconds = 10.0
  /// A network pauses longer than a cable.
  private static let stallSeconds = 5.0

  /// Connects. Throws ``CameraError``.
  init(
    _ address: StreamAddress, reconnectSeconds: Double, stopSignal: Event, link: CameraLink
  ) throws(CameraError) {
    self.address = address
    self.reconnectSeconds = reconnectSeconds
    self.stopSignal = stopSignal
    self.link = link
    watch = StreamWatch(stopSignal: stopSignal)
    machine = CameraMachine(
      device: address.description, reconnectSeconds: reconnectSeconds,
      stallSeconds: Self.stallSeconds)
    _ = machine.step(after: .start, at: Double(monotonicNanoseconds()) * 1e-9)
    let decoder = try Self.open(address, watch, within: Self.openSeconds)
    self.decoder = decoder
    format = decoder.format
    (format.frameCount, format.seconds) = (nil, nil)
    let format = format
    link.progress.withLock { $0.format = format }
  }

  var seconds: Double { Double(monotonicNanoseconds()) * 1e-9 }

  func pause(until: Double) -> Bool { stopSignal.wait(until: UInt64(until * 1e9)) }

  func close() { decoder = nil }

  func restart() -> CameraMachine.Event {
    // A connection that was interrupted in the middle of a packet is of no further use.
    let event = reopen()
    return event == .opened ? .restarted : .failed
  }

  func reopen() -> CameraMachine.Event {
    close()
    let left = machine.since + reconnectSeconds - seconds
    do throws(CameraError) {
      decoder = try Self.open(address, watch, within: max(1, min(Self.openSeconds, left)))
      decoder?.deliver(width: format.width, height: format.height)
    } catch {
      return .openFailed(error)
    }
    clock.restart()
    streamClock = StreamClock()
    (pictures, counted) = (0, (0, 0))
    reconnecting = true
    return .opened
  }

  func capture(until: Double) -> CameraMachine.Event? {
    guard let decoder else { return .gone }
    watch.expect(until: UInt64(until * 1e9))
    let picture = decoder.next()
    if watch.isStopped { return nil }
    count(decoder)
    guard let picture else { return watch.isLate ? .silence : .gone }
    deliver(picture)
    return .picture
  }

  private func deliver(_ picture: VideoDecoder.Picture) {
    let now = monotonicNanoseconds()
    let stamp = clock.stamp(
      number: pictures, timestamp: streamClock.captured(own: picture.ownTime, arrival: now),
      now: now)
    pictures &+= 1
    let missed = link.progress.withLock {
      if reconnecting { $0.reconnects += 1 }
      return $0.missed
    }
    reconnecting = false
    link.queue.put { replaced in
      Frame(
        image: picture.image, time: stamp.time, clockTime: Double(stamp.capturedAt) * 1e-9,
        duration: picture.duration, sequence: stamp.sequence, capturedAt: stamp.capturedAt,
        dropped: missed + replaced)
    }
  }

  /// Adds what the decoder could not use.
  private func count(_ decoder: VideoDecoder) {
    let (damaged, lost) = (decoder.damaged - counted.damaged, decoder.lost - counted.lost)
    guard damaged > 0 || lost > 0 else { return }
    counted = (decoder.damaged, decoder.lost)
    pictures &+= UInt32(lost)
    link.progress.withLock {
      $0.damaged += damaged
      $0.missed += lost
    }
  }

  private static func open(
    _ address: StreamAddress, _ watch: StreamWatch, within seconds: Double
  ) throws(CameraError) -> VideoDecoder {
    watch.expect(within: seconds)
    let name = address.description
    let input: UnsafeMutablePointer<AVFormatContext>
    do throws(MediaInput.StreamCode) {
      input = try MediaInput.open(address, watch)
    } catch {
      throw failure(error.code, address, watch)
    }
    // The context still asks the watch when it is closed.
    let decoder: VideoDecoder
    do throws(MediaFileError) {
      decoder = try VideoDecoder(input, of: address)
    } catch {
      if watch.isLate { throw .unreachable(address: name, .noAnswer) }
      throw .notAStream(address: name, error)
    }
    if !address.isAlwaysLive, decoder.format.seconds != nil { throw .isAFile(address: name) }
    if decoder.isPicture { throw .notAStream(address: name, .noPictures(path: name)) }
    return decoder
  }

  private static func failure(
    _ code: Int32, _ address: StreamAddress, _ watch: StreamWatch
  ) -> CameraError {
    let name = address.description
    if watch.isLate { return .unreachable(address: name, .noAnswer) }
    let trouble: StreamTrouble
    switch code {
    case emenet_averror_unauthorized, emenet_averror_forbidden:
      trouble = .login(isGiven: address.hasCredentials)
    case emenet_averror_not_found: trouble = .notFound
    case emenet_averror(EINVAL):
      // The format is not on the list: a playlist.
      return .notAStream(address: name, .nested(path: name))
    case emenet_averror_invalid_data:
      return .notAStream(
        address: name, .unknownFormat(path: name, reason: MediaInput.text(code)))
    // libavformat does not say that it could not find the host.
    case emenet_averror(EIO) where !isKnown(address.host):
      trouble = .unknownHost(address.host)
    case emenet_averror(ETIMEDOUT): trouble = .noAnswer
    case emenet_averror(ECONNREFUSED), emenet_averror(EHOSTUNREACH), emenet_averror(ENETUNREACH),
      emenet_averror(ECONNRESET):
      trouble = .refused(errno: -code)
    default: trouble = .other(MediaInput.text(code))
    }
    return .unreachable(address: name, trouble)
  }

  private static func isKnown(_ host: String) -> Bool {
    var list: UnsafeMutablePointer<addrinfo>?
    defer { if let list { freeaddrinfo(list) } }
    return getaddrinfo(host, nil, nil, &list) == 0
  }
}
