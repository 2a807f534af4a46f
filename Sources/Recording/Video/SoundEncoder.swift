import CFFmpeg
import Capture

/// Encodes 16 kHz mono for a video file. Not thread-safe: one thread owns it.
final class SoundEncoder {
  static let rate = soundSampleRate
  /// Samples per packet.
  private static let frameSize = 1024

  private(set) var codec: UnsafeMutablePointer<AVCodecContext>?
  private var frame: UnsafeMutablePointer<AVFrame>?
  private var filled = 0
  private var sent: Int64 = 0

  /// nil if libavcodec lacks the encoder or refuses.
  init?(_ container: VideoContainer) {
    guard let encoder = avcodec_find_encoder_by_name(container.soundEncoder) else { return nil }
    codec = avcodec_alloc_context3(encoder)
    let isPCM = container == .avi
    codec!.pointee.sample_rate = Int32(Self.rate)
    codec!.pointee.sample_fmt = isPCM ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLTP
    av_channel_layout_default(&codec!.pointee.ch_layout, 1)
    codec!.pointee.time_base = AVRational(num: 1, den: Int32(Self.rate))
    if !isPCM {
      codec!.pointee.bit_rate = 64_000
      codec!.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
    }
    frame = av_frame_alloc()
    frame!.pointee.nb_samples = Int32(Self.frameSize)
    frame!.pointee.format = codec!.pointee.sample_fmt.rawValue
    frame!.pointee.sample_rate = Int32(Self.rate)
    av_channel_layout_default(&frame!.pointee.ch_layout, 1)
    guard avcodec_open2(codec, encoder, nil) >= 0, av_frame_get_buffer(frame, 0) >= 0 else {
      return nil
    }
  }

  deinit {
    av_frame_free(&frame)
    avcodec_free_context(&codec)
  }

  /// Copies as many samples as fit into the frame and returns their number; `isFull` then tells
  /// whether the frame must be sent.
  func fill(_ samples: Slice<UnsafeBufferPointer<Float>>) -> Int {
    if filled == 0 { av_frame_make_writable(frame) }
    let count = min(samples.count, Self.frameSize - filled)
    let data = UnsafeMutableRawPointer(frame!.pointee.data.0!)
    for index in 0..<count {
      let sample = samples[samples.startIndex + index]
      if codec!.pointee.sample_fmt == AV_SAMPLE_FMT_S16 {
        data.storeBytes(
          of: Int16(max(-32768, min(32767, (sample * 32768).rounded()))),
          toByteOffset: 2 * (filled + index), as: Int16.self)
      } else {
        data.storeBytes(of: sample, toByteOffset: 4 * (filled + index), as: Float.self)
      }
    }
    filled += count
    return count
  }

  var isFull: Bool { filled == Self.frameSize }

  /// Sends the filled part to the encoder; if nothing is filled, signals the end of the stream.
  /// Returns libavcodec's status.
  func send() -> Int32 {
    guard filled > 0 else { return avcodec_send_frame(codec, nil) }
    frame!.pointee.nb_samples = Int32(filled)
    frame!.pointee.pts = sent
    sent += Int64(filled)
    filled = 0
    return avcodec_send_frame(codec, frame)
  }

  var isEmpty: Bool { filled == 0 }
}
