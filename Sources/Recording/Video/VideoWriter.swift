import CFFmpeg
import Glibc
import Imaging
import Runtime

/// Encodes pictures of one size, and optionally sound, into a video file. Not thread-safe: one
/// thread owns it.
final class VideoWriter {
  /// Duration of one tick of the times passed to `write`, in s.
  let timeBase: AVRational
  private(set) var frames = 0
  var bytes: Int { output.size }

  private let path: String
  private let output: VideoOutput
  private let rate: AVRational
  private let container: VideoContainer
  private var format: UnsafeMutablePointer<AVFormatContext>?
  /// Only for MP4: writes fragments and the index on top of `format`.
  private var mp4: MP4Index?
  private var codec: UnsafeMutablePointer<AVCodecContext>?
  private let sound: SoundEncoder?
  private var soundPackets = 0
  private var scaler: OpaquePointer?
  private var picture: UnsafeMutablePointer<AVFrame>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  /// Bytes of all packets.
  private var payload = 0
  private var hasHeader = false
  private var isFinished = false

  /// Width and height must be even.
  init(
    _ file: OutputFile, container: VideoContainer, width: Int, height: Int, rate: AVRational,
    hasSound: Bool = false
  ) throws(RecordingError) {
    silenceLibav()
    sound = hasSound ? SoundEncoder(container) : nil
    path = file.path
    self.container = container
    self.rate = rate
    timeBase = container.timeBase(rate: rate)
    output = VideoOutput(file)
    packet = av_packet_alloc()
    if hasSound, sound == nil { throw .noEncoder(names: [container.soundEncoder]) }
    try openCodec(container, width: width, height: height)
    try openFormat(container)
  }

  deinit { release() }

  /// The first encoder of `container` that libavcodec has.
  static func encoder(
    for container: VideoContainer
  ) throws(RecordingError) -> UnsafePointer<AVCodec> {
    for name in container.encoders {
      if let encoder = avcodec_find_encoder_by_name(name) { return encoder }
    }
    throw .noEncoder(names: container.encoders)
  }

  /// Shows `image` from `tick` on. Ticks must strictly increase.
  func write(_ image: Image, tick: Int64) throws(RecordingError) {
    try check("av_frame_make_writable", av_frame_make_writable(picture))
    image.withUnsafeBytes { bytes in
      var source: [UnsafePointer<UInt8>?] = [
        bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), nil, nil, nil,
      ]
      var strides: [Int32] = [Int32(image.bytesPerRow), 0, 0, 0]
      let planes = picture!.pointee
      var target = [planes.data.0, planes.data.1, planes.data.2, nil]
      var targetStrides = [planes.linesize.0, planes.linesize.1, planes.linesize.2, 0]
      sws_scale(scaler, &source, &strides, 0, Int32(image.height), &target, &targetStrides)
    }
    try encode(tick: tick)
  }

  /// Repeats the last picture.
  func writeAgain(tick: Int64) throws(RecordingError) { try encode(tick: tick) }

  /// Appends samples of sound, 16 kHz mono; they start with the video and have no gaps.
  func write(sound samples: UnsafeBufferPointer<Float>) throws(RecordingError) {
    guard let sound else { return }
    var rest = samples[...]
    while !rest.isEmpty {
      rest = rest.dropFirst(sound.fill(rest))
      if sound.isFull { try drain(sound.codec, into: 1, sound.send()) }
    }
  }

  /// Completes the file. A second call has no effect.
  func finish() throws(RecordingError) {
    guard !isFinished else { return }
    isFinished = true
    defer { release() }
    guard hasHeader else { return }
    var failure: RecordingError?
    do {
      try drain(codec, into: 0, avcodec_send_frame(codec, nil))
      if let sound {
        if !sound.isEmpty { try drain(sound.codec, into: 1, sound.send()) }
        try drain(sound.codec, into: 1, sound.send())
      }
    } catch { failure = error }
    // The index is written even if the last pictures failed: nothing plays without it.
    let status = mp4?.finish() ?? av_write_trailer(format)
    if let failure { throw failure }
    try check("av_write_trailer", status)
  }

  // MARK: Set-up

  private func openCodec(
    _ container: VideoContainer, width: Int, height: Int
  ) throws(RecordingError) {
    let encoder = try Self.encoder(for: container)
    codec = avcodec_alloc_context3(encoder)
    let isH264 = encoder.pointee.id == AV_CODEC_ID_H264
    codec!.pointee.width = Int32(width)
    codec!.pointee.height = Int32(height)
    codec!.pointee.pix_fmt = AV_PIX_FMT_YUV420P
    codec!.pointee.time_base = timeBase
    codec!.pointee.framerate = rate
    codec!.pointee.gop_size = Int32((2 * rate.value).rounded(.up))
    codec!.pointee.max_b_frames = 0
    // The other core is for the network.
    codec!.pointee.thread_count = 1
    codec!.pointee.color_range = AVCOL_RANGE_MPEG
    codec!.pointee.colorspace = AVCOL_SPC_SMPTE170M
    if isH264 {
      av_opt_set(codec!.pointee.priv_data, "preset", "superfast", 0)
      av_opt_set(codec!.pointee.priv_data, "tune", "zerolatency", 0)
      av_opt_set(codec!.pointee.priv_data, "crf", "21", 0)
    } else {
      codec!.pointee.flags |= AV_CODEC_FLAG_QSCALE
      codec!.pointee.global_quality = FF_QP2LAMBDA * 3
    }
    // The code for which the reference's OpenCV VideoWriter_fourcc(*'XVID') stands.
    if container == .avi { codec!.pointee.codec_tag = fourCC("XVID") }
    if container != .avi { codec!.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
    try check("avcodec_open2", avcodec_open2(codec, encoder, nil))

    picture = av_frame_alloc()
    picture!.pointee.width = Int32(width)
    picture!.pointee.height = Int32(height)
    picture!.pointee.format = AV_PIX_FMT_YUV420P.rawValue
    picture!.pointee.color_range = AVCOL_RANGE_MPEG
    picture!.pointee.colorspace = AVCOL_SPC_SMPTE170M
    try check("av_frame_get_buffer", av_frame_get_buffer(picture, 0))
    scaler = sws_getContext(
      Int32(width), Int32(height), AV_PIX_FMT_BGR0, Int32(width), Int32(height),
      AV_PIX_FMT_YUV420P, SWS_BILINEAR, nil, nil, nil)
    guard scaler != nil else {
      throw .refused(path: path, call: "sws_getContext", reason: "\(width)x\(height)")
    }
  }

  private func openFormat(_ container: VideoContainer) throws(RecordingError) {
    try check(
      "avformat_alloc_output_context2",
      avformat_alloc_output_context2(&format, nil, container.muxer, nil))
    format!.pointee.pb = output.io
    format!.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
    // Hands each picture to the system before the next one, so that a kill loses none.
    format!.pointee.flush_packets = 1
    let stream = avformat_new_stream(format, nil)!
    stream.pointee.time_base = timeBase
    stream.pointee.avg_frame_rate = rate
    try check(
      "avcodec_parameters_from_context",
      avcodec_parameters_from_context(stream.pointee.codecpar, codec))
    if let sound {
      let stream = avformat_new_stream(format, nil)!
      stream.pointee.time_base = sound.codec!.pointee.time_base
      try check(
        "avcodec_parameters_from_context",
        avcodec_parameters_from_context(stream.pointee.codecpar, sound.codec))
      stream.pointee.codecpar.pointee.initial_padding = 0
    }
    if container == .mp4 { mp4 = MP4Index(format!, target: output.io!) }
    if let failure = output.lacksRoom(for: 1 << 16, reserve: reserve) { throw .output(failure) }
    try check(
      "avformat_write_header", mp4?.writeHeader() ?? avformat_write_header(format, nil))
    hasHeader = true
  }

  // MARK: Encoding

  private func encode(tick: Int64) throws(RecordingError) {
    picture!.pointee.pts = tick
    try drain(codec, into: 0, avcodec_send_frame(codec, picture))
  }

  private func drain(
    _ codec: UnsafeMutablePointer<AVCodecContext>?, into index: Int, _ sent: Int32
  ) throws(RecordingError) {
    try check("avcodec_send_frame", sent)
    while true {
      let status = avcodec_receive_packet(codec, packet)
      if status == emenet_averror(EAGAIN) || status == emenet_averror_eof { return }
      try check("avcodec_receive_packet", status)
      defer { av_packet_unref(packet) }
      // AAC's priming samples. Not every program that reads the file would remove them, and leaving
      // them out shifts no time.
      if packet!.pointee.pts < 0 { continue }
      payload += Int(packet!.pointee.size)
      // Matroska's open cluster is still in memory.
      let pending = max(Int(packet!.pointee.size), payload - output.size)
      if let failure = output.lacksRoom(for: pending, reserve: reserve) { throw .output(failure) }
      let stream = format!.pointee.streams[index]!
      packet!.pointee.stream_index = Int32(index)
      if index == 0 {
        packet!.pointee.duration = av_rescale_q(
          1, AVRational(num: rate.den, den: rate.num), timeBase)
      }
      av_packet_rescale_ts(packet, codec!.pointee.time_base, stream.pointee.time_base)
      try check("av_write_frame", mp4?.write(packet!) ?? put(packet!))
      if index == 0 { frames += 1 } else { soundPackets += 1 }
    }
  }

  /// Matroska's clusters end before each picture, and the first one after it, so that a kill loses
  /// one picture at most and clusters begin in the order of their times: sound comes later.
  private func put(_ packet: UnsafeMutablePointer<AVPacket>) -> Int32 {
    let isPicture = packet.pointee.stream_index == 0
    if container == .mkv, isPicture { av_write_frame(format, nil) }
    let status = av_write_frame(format, packet)
    if container == .mkv, isPicture, frames == 0 { av_write_frame(format, nil) }
    return status
  }

  /// Upper bound for the index in bytes: at most 40 per packet in any container.
  private var reserve: Int { (1 << 16) + 40 * (frames + soundPackets) }

  private func check(_ call: StaticString, _ status: Int32) throws(RecordingError) {
    guard status < 0 else { return }
    if let code = output.code { throw .output(OutputFile.writeError(path, code)) }
    throw .refused(path: path, call: call, reason: libavReason(status))
  }

  private func release() {
    isFinished = true
    sws_freeContext(scaler)
    scaler = nil
    av_packet_free(&packet)
    av_frame_free(&picture)
    avcodec_free_context(&codec)
    mp4 = nil
    avformat_free_context(format)
    format = nil
    output.close()
  }
}

/// Keeps libav from printing on stderr, which would corrupt the screen; errors are returned as
/// values.
func silenceLibav() { av_log_set_level(AV_LOG_QUIET) }

/// libavutil's message for one of its error codes.
func libavReason(_ status: Int32) -> String {
  var text = [CChar](repeating: 0, count: 128)
  av_strerror(status, &text, text.count)
  return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
}

func fourCC(_ text: StaticString) -> UInt32 {
  precondition(text.utf8CodeUnitCount == 4, "four letters")
  return (0..<4).reduce(0) { $0 | UInt32(text.utf8Start[$1]) << (8 * UInt32($1)) }
}
