import CFFmpeg
import Foundation
import TestSupport
import Testing

@testable import Recording
@testable import Screen

/// A looping source at full speed with recording and records, for `EMENET_ENDURANCE_SECONDS` (60 by
/// default; the promise is for 3600).
@Suite(.enabled(if: !Sanitizer.isOn, "a sanitizer keeps freed memory"))
struct EnduranceTests {
  static let seconds =
    ProcessInfo.processInfo.environment["EMENET_ENDURANCE_SECONDS"].flatMap(Double.init) ?? 60

  struct Sample {
    var residentBytes: Int
    var descriptors: Int

    init?(of program: Program) {
      let folder = "/proc/\(program.identifier)"
      guard let pages = try? String(contentsOfFile: folder + "/statm", encoding: .utf8),
        let resident = pages.split(separator: " ").dropFirst().first.flatMap({ Int($0) }),
        let open = try? FileManager.default.contentsOfDirectory(atPath: folder + "/fd")
      else { return nil }
      residentBytes = resident * Int(getpagesize())
      descriptors = open.count
    }
  }

  @Test(arguments: ["avi", "mkv"])
  func row18_memoryAndDescriptorsStayAndTheVideoKeepsToTheRecords(container: String) throws {
    try withTemporaryFolder { folder in
      let (json, video) = (folder.path + "/out.jsonl", folder.path + "/out.\(container)")
      let program = try Program([
        "--input", Program.sample, "--loop", "--no-ui", "--members", "1", "--json", json,
        "--save-file", video,
      ])
      let start = Date()
      let settled = min(60, Self.seconds / 2)
      var samples: [Sample] = []
      while program.isRunning,
        -start.timeIntervalSinceNow < (samples.count < 12 ? 600 : 0) + Self.seconds
      {
        usleep(1_000_000)
        // A busy machine may need longer until everything has been used, and the source has begun
        // again.
        if -start.timeIntervalSinceNow >= settled,
          !samples.isEmpty || lastRecord(json).map({ $0.frame >= 360 }) == true,
          let sample = Sample(of: program)
        {
          samples.append(sample)
        }
      }
      program.send(SIGINT)
      #expect(try program.finish().exitCode == 0)

      // Medians of one minute each, if there are two: the number of frames in queues fluctuates.
      let window = min(60, samples.count / 3)
      try #require(window > 3)
      let memory = samples.map(\.residentBytes)
      let (before, after) = (median(memory.prefix(window)), median(memory.suffix(window)))
      let descriptors = samples.map(\.descriptors)
      let end = try #require(lastRecord(json))
      let pictures = try packets(video)
      let drift = pictures.lastTime - end.time
      func mebibytes(_ bytes: Int) -> Double { (Double(bytes) / 1_048_576 * 10).rounded() / 10 }
      print(
        "row 18, \(container): \(Int(Self.seconds)) s, \(end.frame + 1) records to \(end.time) s,"
          + " \(pictures.count) pictures to \(pictures.lastTime) s; resident"
          + " \(mebibytes(before)) MiB after \(Int(settled)) s, \(mebibytes(after)) at the end"
          + " (\(mebibytes(memory.min()!)) to \(mebibytes(memory.max()!)));"
          + " descriptors \(descriptors.min()!) to \(descriptors.max()!)")
      #expect(after - before <= 5 << 20)
      #expect(descriptors.max()! <= descriptors[0])
      #expect(abs(drift) <= 0.04)
      #expect(pictures.count == end.frame + 1)
    }
  }

  private func median(_ values: some Collection<Int>) -> Int { values.sorted()[values.count / 2] }

  /// nil if there is none, or the last line is not complete.
  private func lastRecord(_ path: String) -> LiveRecord? {
    guard let file = FileHandle(forReadingAtPath: path), let size = try? file.seekToEnd(),
      (try? file.seek(toOffset: size - min(size, 65536))) != nil, let tail = try? file.readToEnd(),
      let line = tail.split(separator: UInt8(ascii: "\n")).last
    else { return nil }
    return try? JSONDecoder().decode(LiveRecord.self, from: line)
  }

  /// The actual content of the file, whatever its header says.
  private func packets(_ path: String) throws -> (count: Int, lastTime: Double) {
    silenceLibav()
    var input: UnsafeMutablePointer<AVFormatContext>?
    try #require(avformat_open_input(&input, path, nil, nil) == 0)
    defer { avformat_close_input(&input) }
    let base = try #require(input!.pointee.streams[0]).pointee.time_base.value
    var packet = av_packet_alloc()
    defer { av_packet_free(&packet) }
    var (count, last) = (0, 0.0)
    while av_read_frame(input, packet) == 0 {
      count += 1
      let (presented, decoded) = (packet!.pointee.pts, packet!.pointee.dts)
      last = Double(presented == emenet_av_nopts ? decoded : presented) * base
      av_packet_unref(packet)
    }
    return (count, last)
  }
}
