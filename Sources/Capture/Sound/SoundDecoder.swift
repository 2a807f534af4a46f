import CFFmpeg
import Runtime

/// Decodes a file's sound track to 16 kHz mono, with gaps filled by zeros. Not thread-safe.
final class SoundDecoder {
  /// Steps between the file's times larger than this, in s, are gaps or overlaps; smaller ones are
  /// jitter.
  private static let jitter = 0.01
  /// Steps beyond these, in s, are faulty times, and the sound continues without a gap.
  private static let longestGap = 600.0
  private static let longestOverlap = 1.0
  private static let silenceStep = 4096

  /// Time of the first sample on the file's clock, in s; 0 if the file has no pictures.
  let origin: Double
  let format: SoundFormat
  let hasPictures: Bool
  var damaged: Int { decoder.damaged }

  private let decoder: StreamDecoder
  private var resampler: SoundResampler
  /// Keeps the last samples of the previous format alive.
  private var previous: SoundResampler?
  private var silence: UnsafeMutablePointer<AVFrame>?
  /// Time of sample 0 on the file's clock in s, corrected for faulty times.
  private var start: Double
  private var produced = 0
  /// Output samples to skip because they overlap earlier ones.
  private var overlap = 0
  /// Input samples of silence to insert before the waiting frame.
  private var gap = 0
  private var waiting: UnsafePointer<AVFrame>?
  private var isFlushed = false

  init(path: String) throws(MediaFileError) {
    decoder = try StreamDecoder(path: path, AVMEDIA_TYPE_AUDIO) { context throws(MediaFileError) in
      context.pointee.thread_count = 1
    }
    var first: (UnsafePointer<AVFrame>, SoundResampler)?
    while first == nil, let frame = decoder.next() {
      if let resampler = Self.resampler(for: frame.pointee) {
        first = (frame, resampler)
      } else {
        decoder.reject()
      }
    }
    guard let (frame, resampler) = first else {
      throw .nothingDecoded(path: path, damaged: decoder.damaged)
    }
    self.resampler = resampler
    waiting = frame
    hasPictures = decoder.hasPictures
    start = Self.time(of: frame.pointee, decoder.stream) ?? 0
    origin = hasPictures ? start : 0
    format = SoundFormat(
      name: path.split(separator: "/").last.map(String.init) ?? path, path: path,
      sampleRate: Int(resampler.input.rate), channels: Int(resampler.input.channels),
      encoding: decoder.codec)
    silence = Self.silence(for: frame.pointee)
  }

  deinit { av_frame_free(&silence) }

  /// Returns the next samples, valid until the next call; nil at the end.
  func next() -> UnsafeBufferPointer<Int16>? {
    while true {
      if gap > 0, let silence {
        let count = min(gap, Self.silenceStep)
        gap -= count
        if let block = convert(silence.pointee, count: count) { return block }
      } else if let frame = waiting {
        waiting = nil
        if let block = convert(frame.pointee, count: Int(frame.pointee.nb_samples)) { return block }
      } else if let frame = decoder.next() {
        if let block = take(frame) { return block }
      } else {
        guard !isFlushed else { return nil }
        isFlushed = true
        if let block = emit(resampler.convert(nil, count: 0)) { return block }
      }
    }
  }

  /// Computes a frame's place in time and keeps it for ``next()``. Returns the last samples of the
  /// previous format, if the format has changed.
  private func take(_ frame: UnsafePointer<AVFrame>) -> UnsafeBufferPointer<Int16>? {
    var tail: UnsafeBufferPointer<Int16>?
    if Self.input(of: frame.pointee) != resampler.input {
      guard let next = Self.resampler(for: frame.pointee) else {
        decoder.reject()
        return nil
      }
      tail = emit(resampler.convert(nil, count: 0))
      previous = resampler
      resampler = next
      av_frame_free(&silence)
      silence = Self.silence(for: frame.pointee)
    }
    waiting = frame
    guard let time = Self.time(of: frame.pointee, decoder.stream) else { return tail }
    let there = Double(produced + resampler.delay - overlap) / Double(soundSampleRate)
    let step = time - start - there
    if step > Self.longestGap || step < -Self.longestOverlap {
      start += step
    } else if step > Self.jitter {
      gap = Int((step * Double(resampler.input.rate)).rounded())
    } else if step < -Self.jitter {
      overlap += Int((-step * Double(soundSampleRate)).rounded())
    }
    return tail
  }

  private func convert(_ frame: AVFrame, count: Int) -> UnsafeBufferPointer<Int16>? {
    let planes = UnsafeMutableRawPointer(frame.extended_data)
      .assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
    guard let block = resampler.convert(planes, count: count) else {
      decoder.reject()
      return nil
    }
    return emit(block)
  }

  /// nil if nothing of it is left.
  private func emit(_ block: UnsafeBufferPointer<Int16>?) -> UnsafeBufferPointer<Int16>? {
    guard let block else { return nil }
    let skipped = min(overlap, block.count)
    overlap -= skipped
    produced += block.count - skipped
    return skipped < block.count ? UnsafeBufferPointer(rebasing: block[skipped...]) : nil
  }

  private static func time(of frame: AVFrame, _ stream: UnsafeMutablePointer<AVStream>) -> Double? {
    let timestamp = frame.best_effort_timestamp
    let seconds = Double(timestamp) * av_q2d(stream.pointee.time_base)
    return timestamp == emenet_av_nopts || abs(seconds) > Timeline.latest ? nil : seconds
  }

  private static func input(of frame: AVFrame) -> SoundResampler.Input {
    SoundResampler.Input(
      rate: frame.sample_rate, channels: frame.ch_layout.nb_channels,
      format: AVSampleFormat(frame.format))
  }

  private static func resampler(for frame: AVFrame) -> SoundResampler? {
    SoundResampler(input(of: frame), layout: frame.ch_layout)
  }

  private static func silence(for frame: AVFrame) -> UnsafeMutablePointer<AVFrame>? {
    var silence = av_frame_alloc()
    silence!.pointee.format = frame.format
    silence!.pointee.sample_rate = frame.sample_rate
    silence!.pointee.nb_samples = Int32(silenceStep)
    var layout = frame.ch_layout
    guard av_channel_layout_copy(&silence!.pointee.ch_layout, &layout) >= 0,
      av_frame_get_buffer(silence, 0) >= 0
    else {
      av_frame_free(&silence)
      return nil
    }
    av_samples_set_silence(
      silence!.pointee.extended_data, 0, Int32(silenceStep), frame.ch_layout.nb_channels,
      AVSampleFormat(frame.format))
    return silence
  }
}
