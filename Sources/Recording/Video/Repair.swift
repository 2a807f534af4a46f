import CFFmpeg
import Glibc
import Runtime

/// What `emenet repair` saved.
package struct RepairSummary: Equatable, Sendable {
  package var frames: Int
  package var seconds: Double
}

/// Gives a video whose recording was killed the index that it lacks. Pictures and sound are copied,
/// not encoded again.
package enum Repair {
  /// Replaces the file at `path`, all at once and only by a complete one, or writes `output`.
  package static func run(
    _ path: String, output: String? = nil, force: Bool = false
  ) throws(RecordingError) -> RepairSummary {
    silenceLibav()
    let container = try VideoContainer(path: output ?? path)
    let lock = try lockInput(path)
    defer { close(lock) }
    let target = output ?? path + ".repairing"
    let file: OutputFile
    do {
      file = try OutputFile(path: target, force: output == nil || force)
    } catch { throw .output(error) }
    let summary: RepairSummary
    do {
      summary = try copy(path, to: file, container)
    } catch {
      unlink(target)
      throw error
    }
    if output == nil, rename(target, path) != 0 {
      throw .output(.failed(path: path, code: errno))
    }
    return summary
  }

  /// A recording that is under way is not broken.
  private static func lockInput(_ path: String) throws(RecordingError) -> Int32 {
    let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .output(.failed(path: path, code: errno)) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .output(.inUse(path: path))
    }
    return descriptor
  }

  private static func copy(
    _ path: String, to file: OutputFile, _ container: VideoContainer
  ) throws(RecordingError) -> RepairSummary {
    func check(_ call: StaticString, _ status: Int32) throws(RecordingError) {
      if status < 0 { throw .refused(path: path, call: call, reason: libavReason(status)) }
    }
    var input = avformat_alloc_context()
    // The index is what cannot be trusted; a picture that was cut off is left out.
    input!.pointee.flags |= AVFMT_FLAG_IGNIDX | AVFMT_FLAG_DISCARD_CORRUPT | AVFMT_FLAG_GENPTS
    try check("avformat_open_input", avformat_open_input(&input, path, nil, nil))
    defer { avformat_close_input(&input) }
    try check("avformat_find_stream_info", avformat_find_stream_info(input, nil))
    let index = av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
    guard index >= 0, let source = input!.pointee.streams[Int(index)] else {
      throw .nothingToRepair(path: path)
    }

    let destination = VideoOutput(file)
    defer { destination.close() }
    var output: UnsafeMutablePointer<AVFormatContext>?
    try check(
      "avformat_alloc_output_context2",
      avformat_alloc_output_context2(&output, nil, container.muxer, nil))
    defer { avformat_free_context(output) }
    output!.pointee.pb = destination.io
    output!.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
    let soundIndex = av_find_best_stream(input, AVMEDIA_TYPE_AUDIO, -1, index, nil, 0)
    let indices = [index, soundIndex].filter { $0 >= 0 }
    for index in indices {
      let source = input!.pointee.streams[Int(index)]!
      let stream = avformat_new_stream(output, nil)!
      try check(
        "avcodec_parameters_copy",
        avcodec_parameters_copy(stream.pointee.codecpar, source.pointee.codecpar))
      if container != .avi { stream.pointee.codecpar.pointee.codec_tag = 0 }
      stream.pointee.avg_frame_rate = source.pointee.avg_frame_rate
      stream.pointee.time_base = source.pointee.time_base
    }
    try check("avformat_write_header", avformat_write_header(output, nil))

    var packet = av_packet_alloc()
    defer { av_packet_free(&packet) }
    var (frames, packets) = (0, 0)
    var end: Int64 = 0
    while av_read_frame(input, packet) >= 0 {
      defer { av_packet_unref(packet) }
      guard let place = indices.firstIndex(of: packet!.pointee.stream_index),
        packet!.pointee.size > 0
      else { continue }
      if place == 0 {
        end = max(end, packet!.pointee.dts + max(1, packet!.pointee.duration))
        frames += 1
      }
      packets += 1
      packet!.pointee.stream_index = Int32(place)
      av_packet_rescale_ts(
        packet, input!.pointee.streams[Int(indices[place])]!.pointee.time_base,
        output!.pointee.streams[place]!.pointee.time_base)
      if let failure = destination.lacksRoom(
        for: Int(packet!.pointee.size), reserve: (1 << 16) + 40 * packets)
      {
        throw .output(failure)
      }
      try check("av_write_frame", av_write_frame(output, packet))
    }
    guard frames > 0 else { throw .nothingToRepair(path: path) }
    try check("av_write_trailer", av_write_trailer(output))
    if let code = destination.code { throw .output(OutputFile.writeError(file.path, code)) }
    return RepairSummary(frames: frames, seconds: Double(end) * source.pointee.time_base.value)
  }
}
