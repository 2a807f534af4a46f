import CFFmpeg
import Glibc
import Runtime

/// Decodes one stream of a file with libavformat and libavcodec. For one thread at a time.
final class StreamDecoder {
  let stream: UnsafeMutablePointer<AVStream>
  let codec: String
  /// Packets and frames that the decoder found fault with.
  private(set) var damaged = 0

  private var input: UnsafeMutablePointer<AVFormatContext>?
  private var decoder: UnsafeMutablePointer<AVCodecContext>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private var frame: UnsafeMutablePointer<AVFrame>?
  private var drained = false
  /// nil for a file.
  private let incoming: StreamInput?

  /// Opens the best stream of `type`. `prepare` may set up the decoder before it is opened, or throw.
  /// `stop` ends the wait for a pipe.
  init(
    path: String, _ type: AVMediaType, stop: StopSignal = StopSignal(),
    prepare: (UnsafeMutablePointer<AVCodecContext>) throws(MediaFileError) -> Void
  ) throws(MediaFileError) {
    incoming = try StreamInput(path, stop)
    // A second reader would take its bytes from the first.
    let isShared = incoming != nil || path == StreamInput.standardInput
    if isShared, type != AVMEDIA_TYPE_VIDEO { throw .picturesOnly(path: path) }
    let path = incoming == nil && path == StreamInput.standardInput ? "/dev/stdin" : path
    if incoming == nil { try Self.checkRegular(path) }
    // Broken files are counted; the library's own lines would tear the terminal screen.
    av_log_set_level(AV_LOG_QUIET)

    // A playlist must not open anything but files, and a colon in a name is part of it.
    var options: OpaquePointer?
    av_dict_set(&options, "protocol_whitelist", "file", 0)
    defer { av_dict_free(&options) }
    var input: UnsafeMutablePointer<AVFormatContext>?
    if let incoming {
      input = avformat_alloc_context()
      input?.pointee.pb = incoming.context
      // Pictures are shown as they come: no seconds of them are looked at first.
      input?.pointee.max_analyze_duration = 500_000
      input?.pointee.fps_probe_size = 2
    }
    var code = avformat_open_input(&input, incoming == nil ? "file:" + path : "", nil, &options)
    guard code >= 0, let input else {
      throw .unknownFormat(path: path, reason: Self.text(code))
    }
    var decoder: UnsafeMutablePointer<AVCodecContext>?
    var opened = false
    defer {
      if !opened {
        avcodec_free_context(&decoder)
        var unused: UnsafeMutablePointer<AVFormatContext>? = input
        avformat_close_input(&unused)
      }
    }
    code = avformat_find_stream_info(input, nil)
    guard code >= 0 else { throw .unknownFormat(path: path, reason: Self.text(code)) }
    let index = av_find_best_stream(input, type, -1, -1, nil, 0)
    guard index >= 0, let stream = input.pointee.streams[Int(index)],
      stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
    else { throw type == AVMEDIA_TYPE_VIDEO ? .noPictures(path: path) : .noSound(path: path) }
    for other in 0..<Int(input.pointee.nb_streams) where other != Int(index) {
      input.pointee.streams[other]?.pointee.discard = AVDISCARD_ALL
    }

    let parameters = stream.pointee.codecpar!
    codec = String(cString: avcodec_get_name(parameters.pointee.codec_id))
    guard let implementation = avcodec_find_decoder(parameters.pointee.codec_id) else {
      throw .noDecoder(path: path, codec: codec)
    }
    decoder = avcodec_alloc_context3(implementation)
    avcodec_parameters_to_context(decoder, parameters)
    decoder!.pointee.pkt_timebase = stream.pointee.time_base
    try prepare(decoder!)
    code = avcodec_open2(decoder, implementation, nil)
    guard code >= 0 else { throw .noDecoder(path: path, codec: codec) }

    self.input = input
    self.decoder = decoder
    self.stream = stream
    // Not before: where an initializer throws half way, `deinit` does not run.
    packet = av_packet_alloc()
    frame = av_frame_alloc()
    opened = true
  }

  /// Frames of the stream as the container says, or its duration at `rate` a second.
  func frameCount(rate: Double) -> Int? {
    if stream.pointee.nb_frames > 0 { return Int(stream.pointee.nb_frames) }
    let seconds = Double(input!.pointee.duration) / Double(AV_TIME_BASE)
    guard seconds > 0, rate > 0, seconds * rate < 1e9 else { return nil }
    return Int((seconds * rate).rounded())
  }

  /// How long the container says that it is, s; nil where it does not say.
  var seconds: Double? {
    let seconds = Double(input!.pointee.duration) / Double(AV_TIME_BASE)
    return seconds > 0 && seconds < 1e9 ? seconds : nil
  }

  deinit {
    av_frame_free(&frame)
    av_packet_free(&packet)
    avcodec_free_context(&decoder)
    // Before `incoming` goes, which it reads from.
    avformat_close_input(&input)
  }

  /// Whether the file has pictures that move; a cover does not.
  var hasPictures: Bool {
    (0..<Int(input!.pointee.nb_streams)).contains {
      let other = input!.pointee.streams[$0]!
      return other.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
        && other.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
    }
  }

  /// The next frame that can be decoded, valid until the next call; nil at the end.
  func next() -> UnsafePointer<AVFrame>? {
    while true {
      let code = avcodec_receive_frame(decoder, frame)
      if code == emenet_averror(EAGAIN) {
        feed()
      } else if code == emenet_averror_eof {
        return nil
      } else if code < 0 {
        damaged += 1
        // Without more input the decoder would repeat itself.
        feed()
      } else {
        if frame!.pointee.decode_error_flags != 0
          || frame!.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
        {
          damaged += 1
        }
        return UnsafePointer(frame)
      }
    }
  }

  /// Says that the frame just given is of no use.
  func reject() { damaged += 1 }

  /// To the beginning again; false where the file cannot.
  func rewind() -> Bool { seek(to: 0) }

  /// To the last key frame that is at most `seconds` behind the beginning; false where the file
  /// cannot.
  func seek(to seconds: Double) -> Bool {
    guard incoming == nil else { return false }
    let start = stream.pointee.start_time
    let ticks = Int64(max(0, min(1e9, seconds)) / av_q2d(stream.pointee.time_base))
    guard
      av_seek_frame(
        input, stream.pointee.index, (start == emenet_av_nopts ? 0 : start) + ticks,
        AVSEEK_FLAG_BACKWARD) >= 0
    else { return false }
    avcodec_flush_buffers(decoder)
    drained = false
    return true
  }

  /// Gives the decoder one packet, or tells it that there are no more.
  private func feed() {
    if drained { return }
    while true {
      let code = av_read_frame(input, packet)
      if code == emenet_averror(EAGAIN) { continue }
      guard code >= 0 else {
        if code != emenet_averror_eof { damaged += 1 }
        drained = true
        avcodec_send_packet(decoder, nil)
        return
      }
      defer { av_packet_unref(packet) }
      guard packet!.pointee.stream_index == stream.pointee.index else { continue }
      if avcodec_send_packet(decoder, packet) < 0 { damaged += 1 }
      return
    }
  }

  private static func checkRegular(_ path: String) throws(MediaFileError) {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .notAFile(path: path)
    }
  }

  private static func text(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(AV_ERROR_MAX_STRING_SIZE)) {
      av_strerror(code, $0.baseAddress!, $0.count)
      return String(cString: $0.baseAddress!)
    }
  }
}
