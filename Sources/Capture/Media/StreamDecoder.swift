import CFFmpeg
import Glibc
import Runtime

/// Decodes one stream of a file with libavformat and libavcodec. Not thread-safe.
final class StreamDecoder {
  let stream: UnsafeMutablePointer<AVStream>
  let codec: String
  /// The container's name in libavformat.
  let container: String
  /// Number of packets and frames in which the decoder found errors.
  private(set) var damaged = 0
  /// Number of lost frames: those before the last frame returned, and at the end, all of the
  /// file's.
  var lost: Int { ledger.lost }

  private var input: UnsafeMutablePointer<AVFormatContext>?
  private var decoder: UnsafeMutablePointer<AVCodecContext>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private var frame: UnsafeMutablePointer<AVFrame>?
  private var drained = false
  private var ledger = FrameLedger()
  private var lastDecodingTime: Int64?
  /// nil for a regular file.
  private let incoming: StreamInput?

  /// Opens the best stream of `type` in a file.
  ///
  /// - Parameters:
  ///   - stop: ends the wait for a pipe
  ///   - prepare: may configure the decoder before it is opened, or throw
  convenience init(
    path: String, _ type: AVMediaType, stop: Event = Event(),
    prepare: (UnsafeMutablePointer<AVCodecContext>) throws(MediaFileError) -> Void
  ) throws(MediaFileError) {
    let incoming = try StreamInput(path, stop)
    // A second reader would take bytes away from the first.
    let isShared = incoming != nil || path == StreamInput.standardInput
    if isShared, type != AVMEDIA_TYPE_VIDEO { throw .picturesOnly(path: path) }
    let path = incoming == nil && path == StreamInput.standardInput ? "/dev/stdin" : path
    try self.init(
      try MediaInput.open(path, incoming: incoming?.context), incoming, path: path, type,
      prepare: prepare)
  }

  /// - Parameters:
  ///   - input: closed at the end, and if this throws
  ///   - incoming: what `input` reads from; nil for a regular file and a network camera
  ///   - path: as named in errors
  init(
    _ input: UnsafeMutablePointer<AVFormatContext>, _ incoming: StreamInput? = nil, path: String,
    _ type: AVMediaType,
    prepare: (UnsafeMutablePointer<AVCodecContext>) throws(MediaFileError) -> Void
  ) throws(MediaFileError) {
    self.incoming = incoming
    var decoder: UnsafeMutablePointer<AVCodecContext>?
    var opened = false
    defer {
      if !opened {
        avcodec_free_context(&decoder)
        var unused: UnsafeMutablePointer<AVFormatContext>? = input
        avformat_close_input(&unused)
      }
    }
    var code = avformat_find_stream_info(input, nil)
    guard code >= 0 else { throw .unknownFormat(path: path, reason: MediaInput.text(code)) }
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

    container = String(cString: input.pointee.iformat.pointee.name)
    self.input = input
    self.decoder = decoder
    self.stream = stream
    let kind = avcodec_descriptor_get(parameters.pointee.codec_id)?.pointee.props ?? 0
    ledger.everyPacketIsAFrame =
      type == AVMEDIA_TYPE_VIDEO && kind & AV_CODEC_PROP_INTRA_ONLY != 0
    // Only now: if an initializer throws earlier, `deinit` does not run.
    packet = av_packet_alloc()
    frame = av_frame_alloc()
    opened = true
  }

  /// Number of frames according to the container, or computed from its duration at `rate` fps.
  func frameCount(rate: Double) -> Int? {
    let stated = Int(stream.pointee.nb_frames)
    if (1...1_000_000_000).contains(stated) { return stated }
    let seconds = Double(input!.pointee.duration) / Double(AV_TIME_BASE)
    guard seconds > 0, rate > 0, seconds * rate < 1e9 else { return nil }
    return Int((seconds * rate).rounded())
  }

  /// Width and height as stored, px; 0 for sound.
  var size: (Int, Int) { (Int(decoder!.pointee.width), Int(decoder!.pointee.height)) }

  /// How long the container says that it is, s; nil if it does not say.
  var seconds: Double? {
    let seconds = Double(input!.pointee.duration) / Double(AV_TIME_BASE)
    return seconds > 0 && seconds < 1e9 ? seconds : nil
  }

  deinit {
    av_frame_free(&frame)
    av_packet_free(&packet)
    avcodec_free_context(&decoder)
    // Must precede the release of `incoming`, which it reads from.
    avformat_close_input(&input)
  }

  /// Whether the file has moving pictures; a cover image does not count.
  var hasPictures: Bool {
    (0..<Int(input!.pointee.nb_streams)).contains {
      let other = input!.pointee.streams[$0]!
      return other.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
        && other.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
    }
  }

  /// Returns the next frame that can be decoded, valid until the next call; nil at the end.
  func next() -> UnsafePointer<AVFrame>? {
    while true {
      let code = avcodec_receive_frame(decoder, frame)
      if code == emenet_averror(EAGAIN) {
        feed()
      } else if code == emenet_averror_eof {
        ledger.end(listed: listedBehind)
        return nil
      } else if code < 0 {
        damaged += 1
        ledger.fault()
        // Without more input the decoder would report the same error forever.
        feed()
      } else {
        if frame!.pointee.decode_error_flags != 0
          || frame!.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
        {
          damaged += 1
        }
        ledger.came(from: frame!.pointee.reordered_opaque)
        return UnsafePointer(frame)
      }
    }
  }

  /// Marks the last frame returned as unusable.
  func reject() {
    damaged += 1
    ledger.reject()
  }

  /// Returns to the beginning; false if the file cannot seek.
  func rewind() -> Bool { seek(to: 0) }

  /// To the last key frame that is at most `seconds` after the beginning; false where the file
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
    ledger.restart()
    return true
  }

  /// Sends one packet to the decoder, or signals the end.
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
      // Packets before the start of an edit list are not shown, so they do not count as frames.
      decoder!.pointee.reordered_opaque =
        packet!.pointee.flags & AV_PKT_FLAG_DISCARD != 0
        ? -1 : ledger.sent(at: packet!.pointee.pts == emenet_av_nopts ? nil : packet!.pointee.pts)
      if packet!.pointee.dts != emenet_av_nopts { lastDecodingTime = packet!.pointee.dts }
      if avcodec_send_packet(decoder, packet) < 0 {
        damaged += 1
        ledger.fault()
      }
      return
    }
  }

  /// Frames that the container lists after the last packet that it gave: the file was cut off.
  private var listedBehind: Int {
    guard stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO,
      let format = input!.pointee.iformat.pointee.name
    else { return 0 }
    switch String(cString: format) {
    case "avi":
      // In AVI, decoding times count frames from 0, including those of zero bytes.
      let (behind, overflow) = stream.pointee.nb_frames.subtractingReportingOverflow(
        (lastDecodingTime ?? -1) &+ 1)
      return overflow ? 0 : Int(behind)
    case let name where name.hasPrefix("mov"):
      // Respects the edit list; fragments are only listed once they are read.
      // A pipe does not know its size; at its end, that is its position.
      let pb = input!.pointee.pb
      let size = max(avio_size(pb), avio_seek(pb, 0, SEEK_CUR))
      return (0..<avformat_index_get_entries_count(stream)).count { index in
        guard let entry = avformat_index_get_entry(stream, index)?.pointee else { return false }
        return entry.pos.addingReportingOverflow(Int64(entry.size)).partialValue > size
          && entry.flags & AVINDEX_DISCARD_FRAME == 0
      }
    default: return 0
    }
  }
}
