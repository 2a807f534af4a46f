import CFFmpeg
import Imaging
import Runtime

/// Reads the pictures of a video file in order. Not thread-safe.
final class VideoDecoder {
  /// More pixels than 8K UHD are refused, to bound memory use whatever the file says.
  static let maximumPixels = 40_000_000

  struct Picture {
    var image: Image
    /// Seconds since the first picture; strictly increasing.
    var time: Double
    /// Seconds on the file's own clock, which its sound shares.
    var clockTime: Double
    /// As the file or camera says, s on its own clock; nil if it does not.
    var ownTime: Double?
    /// Seconds from the file's first picture.
    var position: Double
    /// Display duration in s.
    var duration: Double
  }

  private(set) var format: SourceFormat
  /// Number of packets and pictures in which the decoder found errors.
  var damaged: Int { decoder.damaged }
  /// Number of lost pictures: those before the last one returned, and at the end, all of the
  /// file's.
  var lost: Int { decoder.lost }

  /// Whether the file is in an image format rather than a video format.
  var isPicture: Bool { decoder.container.hasSuffix("_pipe") || decoder.container == "gif" }

  /// Whether the times of the pictures are the sender's, not libavformat's guess.
  var hasTimes: Bool { !["mpjpeg", "mjpeg", "h264", "hevc", "m4v"].contains(decoder.container) }

  private let decoder: StreamDecoder
  private let orientation: Orientation
  private let converter = PixelConverter()
  private let frameSeconds: Double
  private var timeline: Timeline
  /// Pictures before this time are skipped; s on the file's own clock.
  private var wanted: Double?

  /// - Parameter stop: ends the wait for a pipe
  convenience init(path: String, stop: Event = Event()) throws(MediaFileError) {
    let decoder = try StreamDecoder(path: path, AVMEDIA_TYPE_VIDEO, stop: stop) {
      (context: UnsafeMutablePointer<AVCodecContext>) throws(MediaFileError) in
      try Self.prepare(context, path: path)
    }
    self.init(
      decoder,
      name: path == StreamInput.standardInput
        ? "standard input" : path.split(separator: "/").last.map(String.init) ?? path,
      path: path)
  }

  /// - Parameter stream: of a network camera; closed at the end, and if this throws
  convenience init(
    _ stream: UnsafeMutablePointer<AVFormatContext>, of address: StreamAddress
  ) throws(MediaFileError) {
    let path = address.description
    let decoder = try StreamDecoder(stream, path: path, AVMEDIA_TYPE_VIDEO) {
      (context: UnsafeMutablePointer<AVCodecContext>) throws(MediaFileError) in
      try Self.prepare(context, path: path)
      // Threads that each decode a picture would hold some back.
      context.pointee.thread_type = FF_THREAD_SLICE
      context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
    }
    self.init(decoder, name: address.host, path: path)
  }

  private static func prepare(
    _ context: UnsafeMutablePointer<AVCodecContext>, path: String
  ) throws(MediaFileError) {
    let (width, height) = (Int(context.pointee.width), Int(context.pointee.height))
    guard width > 0, height > 0 else { throw .noPictures(path: path) }
    guard width * height <= maximumPixels else {
      throw .tooLarge(path: path, width: width, height: height)
    }
    context.pointee.max_pixels = Int64(maximumPixels)
    context.pointee.thread_count = 2
  }

  private init(_ decoder: StreamDecoder, name: String, path: String) {
    self.decoder = decoder
    let (width, height) = decoder.size
    let stream = decoder.stream
    orientation = Self.orientation(of: stream)
    let rates = [stream.pointee.avg_frame_rate, stream.pointee.r_frame_rate]
    let rate =
      rates.lazy.filter { $0.num > 0 && $0.den > 0 }.map { av_q2d($0) }
      .first { (0.001...100_000).contains($0) } ?? 0
    frameSeconds = rate > 0 ? 1 / rate : 0.04
    timeline = Timeline(timeBase: stream.pointee.time_base, frameSeconds: frameSeconds)
    format = SourceFormat(
      name: name, path: path,
      width: orientation.swapsSides ? height : width,
      height: orientation.swapsSides ? width : height,
      framesPerSecond: rate, frameCount: decoder.frameCount(rate: rate),
      seconds: decoder.seconds, pixelFormat: decoder.codec)
  }

  /// Scales pictures to this size from now on.
  func deliver(width: Int, height: Int) {
    (format.width, format.height) = (width, height)
  }

  /// Returns the next picture that can be decoded; nil at the end.
  func next() -> Picture? {
    while let frame = decoder.next() {
      let timestamp =
        frame.pointee.best_effort_timestamp == emenet_av_nopts
        ? nil : frame.pointee.best_effort_timestamp
      // After seeking to a key frame, skip to the requested picture.
      if let wanted, let timestamp, timeline.seconds(timestamp) < wanted { continue }
      wanted = nil
      guard let image = convert(frame.pointee) else {
        decoder.reject()
        continue
      }
      guard timestamp.map(timeline.isPossible) ?? true else {
        decoder.reject()
        continue
      }
      timeline.skip(decoder.lost)
      let time = timeline.time(at: timestamp)
      let clockTime = timeline.clockTime(of: time)
      return Picture(
        image: image, time: time, clockTime: clockTime,
        ownTime: hasTimes ? timestamp.map(timeline.seconds) : nil,
        position: clockTime - (timeline.origin ?? 0), duration: duration(of: frame.pointee))
    }
    return nil
  }

  /// Returns to the first picture. Times continue one frame after the last.
  func rewind() -> Bool { seek(to: 0) }

  /// Seeks to the picture at `position`, in s from the first. Times continue one frame after the
  /// last.
  func seek(to position: Double) -> Bool {
    guard decoder.seek(to: position) else { return false }
    wanted = position > 0 ? position + (timeline.origin ?? 0) - frameSeconds / 2 : nil
    timeline.restart()
    return true
  }

  /// The file's own duration, unless it is just the nominal one rounded to the time base.
  private func duration(of frame: AVFrame) -> Double {
    let tick = av_q2d(decoder.stream.pointee.time_base)
    let seconds = Double(frame.pkt_duration) * tick
    return seconds > 0 && seconds < 10 && abs(seconds - frameSeconds) > tick
      ? seconds : frameSeconds
  }

  /// Scales pictures that differ in size from the first.
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

  private static func orientation(of stream: UnsafeMutablePointer<AVStream>) -> Orientation {
    var size = 0
    guard let data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size), size >= 36
    else { return .upright }
    // A 3 x 3 matrix with rows (a b u) (c d v) (x y w).
    return data.withMemoryRebound(to: Int32.self, capacity: 9) {
      Orientation(a: Int($0[0]), b: Int($0[1]), c: Int($0[3]), d: Int($0[4])) ?? .upright
    }
  }
}
