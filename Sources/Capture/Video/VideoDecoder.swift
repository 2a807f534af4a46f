import CFFmpeg
import Glibc
import Imaging

/// Reads the pictures of a video file one after the other. For one thread at a time.
final class VideoDecoder {
  /// More pixels than 8K UHD are refused: memory stays bounded whatever a file says.
  static let maximumPixels = 40_000_000

  struct Picture {
    var image: Image
    /// s since the first picture, strictly rising
    var time: Double
  }

  let format: SourceFormat
  /// Packets and pictures that the decoder found fault with.
  private(set) var damaged = 0

  private let path: String
  private var input: UnsafeMutablePointer<AVFormatContext>?
  private var decoder: UnsafeMutablePointer<AVCodecContext>?
  private var packet = av_packet_alloc()
  private var frame = av_frame_alloc()
  private let stream: UnsafeMutablePointer<AVStream>
  private let orientation: Orientation
  private let converter = PixelConverter()
  private var drained = false
  private var timeline: Timeline

  init(path: String) throws(VideoFileError) {
    self.path = path
    try Self.checkRegular(path)
    // Broken files are counted; the library's own lines would tear the terminal screen.
    av_log_set_level(AV_LOG_QUIET)

    // A playlist must not open anything but files, and a colon in a name is part of it.
    var options: OpaquePointer?
    av_dict_set(&options, "protocol_whitelist", "file", 0)
    defer { av_dict_free(&options) }
    var input: UnsafeMutablePointer<AVFormatContext>?
    var code = avformat_open_input(&input, "file:" + path, nil, &options)
    guard code >= 0, let input else {
      throw .notAVideo(path: path, reason: Self.text(code))
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
    guard code >= 0 else { throw .notAVideo(path: path, reason: Self.text(code)) }
    let index = av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
    guard index >= 0, let stream = input.pointee.streams[Int(index)],
      stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
    else { throw .noPictures(path: path) }
    for other in 0..<Int(input.pointee.nb_streams) where other != Int(index) {
      input.pointee.streams[other]?.pointee.discard = AVDISCARD_ALL
    }

    let parameters = stream.pointee.codecpar!
    let codec = String(cString: avcodec_get_name(parameters.pointee.codec_id))
    guard let implementation = avcodec_find_decoder(parameters.pointee.codec_id) else {
      throw .noDecoder(path: path, codec: codec)
    }
    let (width, height) = (Int(parameters.pointee.width), Int(parameters.pointee.height))
    guard width > 0, height > 0 else { throw .noPictures(path: path) }
    guard width * height <= Self.maximumPixels else {
      throw .tooLarge(path: path, width: width, height: height)
    }
    decoder = avcodec_alloc_context3(implementation)
    avcodec_parameters_to_context(decoder, parameters)
    decoder!.pointee.max_pixels = Int64(Self.maximumPixels)
    decoder!.pointee.thread_count = 2
    decoder!.pointee.pkt_timebase = stream.pointee.time_base
    code = avcodec_open2(decoder, implementation, nil)
    guard code >= 0 else { throw .noDecoder(path: path, codec: codec) }

    self.input = input
    self.decoder = decoder
    self.stream = stream
    orientation = Self.orientation(of: stream)
    let rates = [stream.pointee.avg_frame_rate, stream.pointee.r_frame_rate]
    let rate = rates.first { $0.num > 0 && $0.den > 0 }.map { av_q2d($0) } ?? 0
    timeline = Timeline(
      timeBase: stream.pointee.time_base, frameSeconds: rate > 0 ? 1 / rate : 0.04)
    format = SourceFormat(
      name: path.split(separator: "/").last.map(String.init) ?? path, path: path,
      width: orientation.swapsSides ? height : width,
      height: orientation.swapsSides ? width : height,
      framesPerSecond: rate, pixelFormat: codec)
    opened = true
  }

  deinit {
    av_frame_free(&frame)
    av_packet_free(&packet)
    avcodec_free_context(&decoder)
    avformat_close_input(&input)
  }

  /// The next picture that can be decoded; nil at the end.
  func next() -> Picture? {
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
        defer { av_frame_unref(frame) }
        if let image = convert(frame!.pointee) {
          let timestamp = frame!.pointee.best_effort_timestamp
          return Picture(
            image: image,
            time: timeline.time(at: timestamp == emenet_av_nopts ? nil : timestamp))
        }
        damaged += 1
      }
    }
  }

  /// To the first picture again; times go on one frame after the last.
  func rewind() -> Bool {
    let start = stream.pointee.start_time
    guard
      av_seek_frame(
        input, stream.pointee.index, start == emenet_av_nopts ? 0 : start, AVSEEK_FLAG_BACKWARD)
        >= 0
    else { return false }
    avcodec_flush_buffers(decoder)
    drained = false
    timeline.restart()
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

  /// A picture of another size than the first is scaled to it.
  private func convert(_ picture: AVFrame) -> Image? {
    guard picture.width > 0, picture.height > 0 else { return nil }
    let source = PixelConverter.Source(
      width: Int(picture.width), height: Int(picture.height),
      format: AVPixelFormat(picture.format),
      colorSpace: picture.colorspace == AVCOL_SPC_UNSPECIFIED
        ? emenet_sws_default_colorspace : Int32(picture.colorspace.rawValue),
      fullRange: picture.color_range == AVCOL_RANGE_JPEG)
    let (data, strides) = (picture.data, picture.linesize)
    let (width, height) =
      orientation.swapsSides
      ? (format.height, format.width) : (format.width, format.height)
    let stored = converter.image(
      from: source,
      planes: [data.0, data.1, data.2, data.3].map { $0.map { UnsafePointer($0) } },
      strides: [strides.0, strides.1, strides.2, strides.3],
      width: width, height: height)
    return stored.map { orientation.apply(to: $0) }
  }

  private static func checkRegular(_ path: String) throws(VideoFileError) {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .notAFile(path: path)
    }
  }

  private static func orientation(of stream: UnsafeMutablePointer<AVStream>) -> Orientation {
    var size = 0
    guard let data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size), size >= 36
    else { return .upright }
    // 3 x 3, rows (a b u) (c d v) (x y w)
    return data.withMemoryRebound(to: Int32.self, capacity: 9) {
      Orientation(a: Int($0[0]), b: Int($0[1]), c: Int($0[3]), d: Int($0[4])) ?? .upright
    }
  }

  private static func text(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(AV_ERROR_MAX_STRING_SIZE)) {
      av_strerror(code, $0.baseAddress!, $0.count)
      return String(cString: $0.baseAddress!)
    }
  }
}
