import CFFmpeg
import Testing

/// What a player finds in a video file; decodes every picture.
package struct VideoProbe {
  package var codec = ""
  package var tag: UInt32 = 0
  package var width = 0
  package var height = 0
  /// According to the container.
  package var rate = 0.0
  package var duration = 0.0
  /// Presentation times of the decoded pictures, in s.
  package var times: [Double] = []

  package init(_ path: String) throws {
    av_log_set_level(AV_LOG_QUIET)
    var input: UnsafeMutablePointer<AVFormatContext>?
    try #require(avformat_open_input(&input, path, nil, nil) == 0, "\(path) opens")
    defer { avformat_close_input(&input) }
    try #require(avformat_find_stream_info(input, nil) >= 0)
    var decoder: UnsafePointer<AVCodec>?
    let index = av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0)
    let stream = try #require(input!.pointee.streams[Int(index)]).pointee
    codec = String(cString: avcodec_get_name(stream.codecpar.pointee.codec_id))
    tag = stream.codecpar.pointee.codec_tag
    width = Int(stream.codecpar.pointee.width)
    height = Int(stream.codecpar.pointee.height)
    rate = Double(stream.avg_frame_rate.num) / Double(stream.avg_frame_rate.den)
    duration = Double(input!.pointee.duration) / Double(AV_TIME_BASE)

    var context = avcodec_alloc_context3(decoder)
    defer { avcodec_free_context(&context) }
    avcodec_parameters_to_context(context, stream.codecpar)
    context!.pointee.pkt_timebase = stream.time_base
    try #require(avcodec_open2(context, decoder, nil) == 0)
    var packet = av_packet_alloc()
    var frame = av_frame_alloc()
    defer {
      av_packet_free(&packet)
      av_frame_free(&frame)
    }
    func receive() {
      while avcodec_receive_frame(context, frame) == 0 {
        times.append(
          Double(frame!.pointee.best_effort_timestamp) * Double(stream.time_base.num)
            / Double(stream.time_base.den))
      }
    }
    while av_read_frame(input, packet) == 0 {
      if packet!.pointee.stream_index == index { avcodec_send_packet(context, packet) }
      av_packet_unref(packet)
      receive()
    }
    avcodec_send_packet(context, nil)
    receive()
  }
}
