import CFFmpeg

/// Converts sound of any rate, layout and sample format to 16 kHz mono int16 with libswresample's
/// defaults, like `ffmpeg -acodec pcm_s16le -ar 16000 -ac 1`. Not thread-safe.
final class SoundResampler {
  private var context: OpaquePointer?
  private var output = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 8192)

  struct Input: Equatable {
    var rate: Int32
    var channels: Int32
    var format: AVSampleFormat
  }

  let input: Input

  /// nil if libswresample does not take it.
  ///
  /// - Parameters:
  ///   - layout: nil for the default layout of that number of channels
  ///   - stretches: whether ``stretch(by:over:)`` will be used
  init?(_ input: Input, layout: AVChannelLayout? = nil, stretches: Bool = false) {
    self.input = input
    guard (1000...768_000).contains(input.rate), (1...64).contains(input.channels) else {
      return nil
    }
    var (source, mono) = (AVChannelLayout(), AVChannelLayout())
    if let layout, layout.order != AV_CHANNEL_ORDER_UNSPEC {
      source = layout
    } else {
      av_channel_layout_default(&source, input.channels)
    }
    av_channel_layout_default(&mono, 1)
    guard
      swr_alloc_set_opts2(
        &context, &mono, AV_SAMPLE_FMT_S16, Int32(soundSampleRate), &source, input.format,
        input.rate, 0, nil) >= 0
    else { return nil }
    if stretches {
      av_opt_set_int(
        UnsafeMutableRawPointer(context), "flags", Int64(SWR_FLAG_RESAMPLE), 0)
    }
    guard swr_init(context) >= 0 else { return nil }
  }

  deinit {
    swr_free(&context)
    output.deallocate()
  }

  /// Number of output samples still inside the filter.
  var delay: Int { Int(swr_get_delay(context, Int64(soundSampleRate))) }

  /// Produces `difference` additional samples, spread over the next `count` output samples.
  func stretch(by difference: Int, over count: Int) {
    swr_set_compensation(context, Int32(difference), Int32(count))
  }

  /// The result is valid until the next call; nil if libswresample refuses.
  ///
  /// - Parameter planes: nil flushes the filter at the end
  func convert(
    _ planes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, count: Int
  ) -> UnsafeBufferPointer<Int16>? {
    let most = swr_get_out_samples(context, Int32(count))
    guard most >= 0 else { return nil }
    if Int(most) > output.count {
      output.deallocate()
      output = .allocate(capacity: Int(most))
    }
    return output.withMemoryRebound(to: UInt8.self) { bytes in
      var target: UnsafeMutablePointer<UInt8>? = bytes.baseAddress
      return swr_convert(context, &target, most, planes, Int32(count))
    }.samples(of: output)
  }
}

extension Int32 {
  fileprivate func samples(of output: UnsafeMutableBufferPointer<Int16>) -> UnsafeBufferPointer<
    Int16
  >? {
    self >= 0 ? UnsafeBufferPointer(rebasing: output[..<Int(self)]) : nil
  }
}
