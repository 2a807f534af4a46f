import CFFmpeg
import Capture
import Glibc
import Runtime

/// The result of `emenet repair`.
package struct RepairSummary: Equatable, Sendable {
  package var frames: Int
  package var seconds: Double
}

/// Writes the missing index of a video whose recording was killed. Every stream is copied, with its
/// side data (such as rotation) and metadata; nothing is re-encoded.
package enum Repair {
  /// Replaces the file at `path` atomically by a complete one, or writes `output`. A file replaced
  /// in place keeps its mode and modification time.
  package static func run(
    _ path: String, output: String? = nil, force: Bool = false
  ) throws(RecordingError) -> RepairSummary {
    silenceLibav()
    let lock = try lockInput(path)
    defer { close(lock) }
    let container = try Self.container(of: path, output: output)
    do {
      try InputFiles([path]).refuse(asOutputs: [output])
      let replacement = try Replacement(of: output ?? path, force: output == nil || force)
      let summary = try copy(path, to: replacement.file, container)
      if output == nil { try keepTimes(of: lock, on: replacement.file) }
      try replacement.commit()
      return summary
    } catch let error as OutputError {
      throw .output(error)
    } catch let error as RecordingError {
      throw error
    } catch {
      preconditionFailure("no other error is thrown: \(error)")
    }
  }

  private static func container(
    of path: String, output: String?
  ) throws(RecordingError) -> VideoContainer {
    do throws(RecordingError) {
      return try VideoContainer(path: output ?? path)
    } catch .unknownContainer where output == nil {
      throw .notRepairable(path: path, reason: "videos with this extension cannot be recorded")
    }
  }

  /// Fails for a recording in progress, which is not broken.
  private static func lockInput(_ path: String) throws(RecordingError) -> Int32 {
    let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      if status.st_mode & S_IFMT == S_IFDIR { throw .unreadable(path: path, code: EISDIR) }
      throw .notRepairable(path: path, reason: "not a file")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .output(.inUse(path: path))
    }
    return descriptor
  }

  /// By path: the copy is complete and its descriptor closed.
  private static func keepTimes(
    of original: Int32, on file: OutputFile
  ) throws(RecordingError) {
    var status = stat()
    guard fstat(original, &status) == 0,
      utimensat(AT_FDCWD, file.path, [status.st_atim, status.st_mtim], 0) == 0
    else { throw .output(.failed(path: file.path, code: errno)) }
  }

  private static func copy(
    _ path: String, to file: OutputFile, _ container: VideoContainer
  ) throws(RecordingError) -> RepairSummary {
    // The index cannot be trusted; a truncated picture is dropped.
    let flags = AVFMT_FLAG_IGNIDX | AVFMT_FLAG_DISCARD_CORRUPT | AVFMT_FLAG_GENPTS
    var input: UnsafeMutablePointer<AVFormatContext>?
    do {
      input = try MediaInput.open(path, flags: flags)
    } catch {
      throw .notRepairable(path: path, reason: "neither AVI nor Matroska nor MP4, or damaged")
    }
    defer { avformat_close_input(&input) }
    guard avformat_find_stream_info(input, nil) >= 0 else { throw .nothingToRepair(path: path) }
    let video = av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
    guard video >= 0, let pictures = input!.pointee.streams[Int(video)] else {
      throw .nothingToRepair(path: path)
    }

    let destination = VideoOutput(file)
    defer { destination.close() }
    var output: UnsafeMutablePointer<AVFormatContext>?
    func check(_ status: Int32, _ why: String) throws(RecordingError) {
      if let code = destination.code { throw .output(OutputFile.writeError(file.path, code)) }
      if status < 0 { throw .notRepairable(path: path, reason: why) }
    }
    let format = avformat_alloc_output_context2(&output, nil, container.muxer, nil)
    try check(format, libavReason(format))
    defer { avformat_free_context(output) }
    output!.pointee.pb = destination.io
    output!.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
    av_dict_copy(&output!.pointee.metadata, input!.pointee.metadata, 0)
    for index in 0..<Int(input!.pointee.nb_streams) {
      let stream = avformat_new_stream(output, nil)!
      guard describe(stream, like: input!.pointee.streams[index]!, in: container) else {
        throw .notRepairable(path: path, reason: "stream \(index) cannot be copied")
      }
    }
    try check(
      avformat_write_header(output, nil), "its streams do not fit into .\(container.rawValue)")

    var packet = av_packet_alloc()
    defer { av_packet_free(&packet) }
    var (frames, packets) = (0, 0)
    var end: Int64 = 0
    var last = Int64.min
    while av_read_frame(input, packet) >= 0 {
      defer { av_packet_unref(packet) }
      let index = packet!.pointee.stream_index
      guard index < Int32(output!.pointee.nb_streams), packet!.pointee.size > 0 else { continue }
      let start = packet!.pointee.dts
      let after = start.addingReportingOverflow(max(1, packet!.pointee.duration))
      // Pictures that go back in time are left out, as one that was cut off is.
      if index == video, start != emenet_av_nopts, start <= last { continue }
      av_packet_rescale_ts(
        packet, input!.pointee.streams[Int(index)]!.pointee.time_base,
        output!.pointee.streams[Int(index)]!.pointee.time_base)
      if let failure = destination.lacksRoom(
        for: Int(packet!.pointee.size), reserve: (1 << 16) + 40 * packets)
      {
        throw .output(failure)
      }
      let status = av_write_frame(output, packet)
      // So is a packet whose times contradict each other.
      if status == -EINVAL, destination.code == nil { continue }
      try check(status, libavReason(status))
      packets += 1
      guard index == video else { continue }
      frames += 1
      if start != emenet_av_nopts { last = start }
      if !after.overflow { end = max(end, after.partialValue) }
    }
    guard frames > 0 else { throw .nothingToRepair(path: path) }
    let trailer = av_write_trailer(output)
    try check(trailer, libavReason(trailer))
    return RepairSummary(frames: frames, seconds: Double(end) * pictures.pointee.time_base.value)
  }

  /// Copies the metadata and parameters of `source`.
  private static func describe(
    _ stream: UnsafeMutablePointer<AVStream>, like source: UnsafeMutablePointer<AVStream>,
    in container: VideoContainer
  ) -> Bool {
    guard avcodec_parameters_copy(stream.pointee.codecpar, source.pointee.codecpar) >= 0 else {
      return false
    }
    if container != .avi { stream.pointee.codecpar.pointee.codec_tag = 0 }
    stream.pointee.avg_frame_rate = source.pointee.avg_frame_rate
    stream.pointee.time_base = source.pointee.time_base
    stream.pointee.sample_aspect_ratio = source.pointee.sample_aspect_ratio
    stream.pointee.disposition = source.pointee.disposition
    av_dict_copy(&stream.pointee.metadata, source.pointee.metadata, 0)
    for index in 0..<Int(source.pointee.nb_side_data) {
      let data = source.pointee.side_data[index]
      guard let copy = av_stream_new_side_data(stream, data.type, data.size) else { return false }
      memcpy(copy, data.data, data.size)
    }
    return true
  }
}
