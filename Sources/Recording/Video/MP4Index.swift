import CFFmpeg
import Glibc

/// Writes an MP4 file that plays however its recording ends. While it grows, it consists of
/// fragments of one packet each; at the end it gets a single index over all of them and becomes a
/// plain file that any player can seek in.
///
/// Two muxers receive the same packets. One writes the fragments. The other discards its data, is
/// given the file offset of each packet, and writes the index. In the finished file the media data
/// box ("mdat") starts where the first, empty index was and covers the headers of the fragments,
/// which nothing refers to any more.
final class MP4Index {
  /// For the muxer that writes fragments: each is written on request.
  static let fragmentFlags = "frag_custom+empty_moov+default_base_moof+skip_trailer"

  private let fragments: UnsafeMutablePointer<AVFormatContext>
  private let target: UnsafeMutablePointer<AVIOContext>
  private var index: UnsafeMutablePointer<AVFormatContext>?
  private let discarded = DiscardedOutput()
  /// The last packet of each stream, held back until the next one gives its duration. The first
  /// packet is not held.
  private var held: [UnsafeMutablePointer<AVPacket>?]
  private var hasBegun: [Bool]
  /// Bytes in the file.
  private var position: Int64 = 0
  /// Offset of the empty index.
  private var mediaStart: Int64 = 0

  /// - Parameters:
  ///   - fragments: has its streams, but no header yet
  ///   - target: the file
  init(
    _ fragments: UnsafeMutablePointer<AVFormatContext>, target: UnsafeMutablePointer<AVIOContext>
  ) {
    self.fragments = fragments
    self.target = target
    held = Array(repeating: nil, count: Int(fragments.pointee.nb_streams))
    hasBegun = held.map { _ in false }
  }

  deinit {
    for index in held.indices { av_packet_free(&held[index]) }
    avformat_free_context(index)
  }

  /// Returns libavformat's status, as do all functions here.
  func writeHeader() -> Int32 {
    var status = avformat_alloc_output_context2(&index, nil, "mp4", nil)
    guard status >= 0, let index else { return status }
    index.pointee.pb = discarded.io
    index.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
    for number in 0..<Int(fragments.pointee.nb_streams) {
      let source = fragments.pointee.streams[number]!.pointee
      guard let stream = avformat_new_stream(index, nil) else { return emenet_averror(ENOMEM) }
      stream.pointee.time_base = source.time_base
      stream.pointee.avg_frame_rate = source.avg_frame_rate
      status = avcodec_parameters_copy(stream.pointee.codecpar, source.codecpar)
      guard status >= 0 else { return status }
    }
    status = avformat_write_header(index, nil)
    guard status >= 0 else { return status }
    return capture {
      var options: OpaquePointer?
      defer { av_dict_free(&options) }
      av_dict_set(&options, "movflags", Self.fragmentFlags, 0)
      return avformat_write_header(fragments, &options)
    } then: { bytes in
      // The first box is the file type; the empty index follows.
      mediaStart = Int64(Self.size(at: 0, of: bytes))
      return write(bytes)
    }
  }

  /// Times are in units of the fragments' streams.
  func write(_ packet: UnsafeMutablePointer<AVPacket>) -> Int32 {
    let stream = Int(packet.pointee.stream_index)
    guard hasBegun[stream] else {
      hasBegun[stream] = true
      return flush(packet)
    }
    var before = held[stream]
    held[stream] = av_packet_clone(packet)
    guard held[stream] != nil else { return emenet_averror(ENOMEM) }
    guard before != nil else { return 0 }
    defer { av_packet_free(&before) }
    before!.pointee.duration = packet.pointee.dts - before!.pointee.dts
    return flush(before!)
  }

  /// Completes the file.
  func finish() -> Int32 {
    var failure: Int32 = 0
    for stream in held.indices {
      guard let last = held[stream] else { continue }
      failure = min(failure, flush(last))
      av_packet_free(&held[stream])
    }
    let ending = capture({ av_write_trailer(fragments) }, then: write)
    failure = min(failure, ending)
    avio_seek(discarded.io, position, SEEK_SET)
    discarded.keep(from: position)
    let status = av_write_trailer(index)
    guard status >= 0, target.pointee.seekable != 0 else { return min(failure, status) }
    avio_flush(discarded.io)
    let mediaEnd = position
    let indexed = discarded.kept.withUnsafeMutableBufferPointer { write($0) }
    guard indexed >= 0 else { return indexed }
    // A media data box with a 64-bit size, over the empty index and the fragments. This one write
    // turns the file into a plain one.
    avio_seek(target, mediaStart, SEEK_SET)
    avio_wb32(target, 1)
    avio_write(target, Array("mdat".utf8), 4)
    avio_wb64(target, UInt64(mediaEnd - mediaStart))
    avio_flush(target)
    return min(failure, target.pointee.error)
  }

  /// Writes a packet as a fragment: a header ("moof") and the data ("mdat").
  private func flush(_ packet: UnsafeMutablePointer<AVPacket>) -> Int32 {
    capture {
      let status = av_write_frame(fragments, packet)
      return status < 0 ? status : av_write_frame(fragments, nil)
    } then: { bytes in
      let header = Self.size(at: 0, of: bytes) + 8
      let status = write(bytes)
      guard status >= 0 else { return status }
      avio_seek(discarded.io, position - Int64(bytes.count - header), SEEK_SET)
      return av_write_frame(index, packet)
    }
  }

  /// Passes to `then` what the fragment muxer writes during `body`.
  private func capture(
    _ body: () -> Int32, then: (UnsafeMutableBufferPointer<UInt8>) -> Int32
  ) -> Int32 {
    let opened = avio_open_dyn_buf(&fragments.pointee.pb)
    guard opened >= 0 else { return opened }
    let status = body()
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = avio_close_dyn_buf(fragments.pointee.pb, &bytes)
    fragments.pointee.pb = nil
    defer { av_free(bytes) }
    guard status >= 0, count > 0 else { return status }
    return then(UnsafeMutableBufferPointer(start: bytes, count: Int(count)))
  }

  private func write(_ bytes: UnsafeMutableBufferPointer<UInt8>) -> Int32 {
    avio_write(target, bytes.baseAddress, Int32(bytes.count))
    avio_flush(target)
    position += Int64(bytes.count)
    return target.pointee.error
  }

  /// Size in bytes of the box at `place`, including its header.
  private static func size(at place: Int, of bytes: UnsafeMutableBufferPointer<UInt8>) -> Int {
    bytes.count < place + 8 ? 0 : (0..<4).reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
  }
}

/// An output that keeps nothing, or only what lies after a place.
private final class DiscardedOutput {
  private(set) var io: UnsafeMutablePointer<AVIOContext>?
  /// What was written from the offset given to `keep`.
  var kept: [UInt8] = []
  private var start: Int64?
  private var position: Int64 = 0

  init() {
    let size = 1 << 12
    io = avio_alloc_context(
      av_malloc(size)?.assumingMemoryBound(to: UInt8.self), Int32(size), 1,
      Unmanaged.passUnretained(self).toOpaque(), nil,
      { opaque, bytes, count in
        Unmanaged<DiscardedOutput>.fromOpaque(opaque!).takeUnretainedValue()
          .write(UnsafeBufferPointer(start: bytes, count: Int(count)))
        return count
      },
      { opaque, offset, whence in
        guard whence & ~AVSEEK_FORCE == SEEK_SET else { return -1 }
        Unmanaged<DiscardedOutput>.fromOpaque(opaque!).takeUnretainedValue().position = offset
        return offset
      })
  }

  deinit {
    if io != nil { av_freep(&io!.pointee.buffer) }
    avio_context_free(&io)
  }

  func keep(from place: Int64) { start = place }

  private func write(_ bytes: UnsafeBufferPointer<UInt8>) {
    defer { position += Int64(bytes.count) }
    guard let start, position >= start else { return }
    let place = Int(position - start)
    let end = place + bytes.count
    if end > kept.count { kept += [UInt8](repeating: 0, count: end - kept.count) }
    kept.replaceSubrange(place..<end, with: bytes)
  }
}
