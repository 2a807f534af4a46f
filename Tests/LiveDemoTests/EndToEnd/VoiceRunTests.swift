import Foundation
import SoundTesting
import TestSupport
import Testing

/// The whole program with face and voice, on the clip with sound and the checkpoint from
/// `../shared`.
@Suite(
  .serialized,
  .enabled(
    if: Shared.isPresent && SharedClip.talking != nil,
    "needs ../shared/parity-va and ../shared/clips"),
  .enabled(if: FFmpeg.isThere, "needs ffmpeg"))
struct VoiceRunTests {
  /// Runs `emenet live --input` and returns its records, its messages and the lines of
  /// `--audio-debug` by column.
  private func watch(
    _ input: String, _ arguments: [String] = []
  ) throws -> (records: Int, errors: String, debug: [[String: Double]]) {
    return try withTemporaryFolder { folder in
      let (json, csv) = (folder.path + "/out.jsonl", folder.path + "/out.csv")
      let outcome = try Program.run(
        [
          "--input", input, "--no-ui", "--checkpoint", Shared.voiceCheckpoint, "--json", json,
          "--audio-debug",
          csv,
        ] + arguments)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      let records = try String(contentsOfFile: json, encoding: .utf8).split(separator: "\n")
      let lines = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n").map {
        $0.split(separator: ",").map(String.init)
      }
      let names = lines.first ?? []
      let debug = lines.dropFirst().map { line in
        Dictionary(uniqueKeysWithValues: zip(names, line.map { Double($0) ?? .nan }))
      }
      return (records.count, outcome.errors, debug)
    }
  }

  @Test func aRecordAndAWindowForEachFrame() throws {
    let clip = try #require(SharedClip.talking)
    let (records, errors, debug) = try watch(clip)
    #expect(records == 75 && debug.count == 75)
    #expect(errors.contains("12_grid_bbaf2n.mp4, aac 44100 Hz"))
    for (frame, line) in debug.enumerated() {
      let middle = (Double(frame) + 0.5) / 25
      #expect(abs((line["frame_middle"] ?? 0) - middle) < 0.001)
      let isInside = middle > 0.315 && middle < 2.978 - 0.315
      if isInside { #expect(abs(line["offset_ms"] ?? .nan) < 1, "frame \(frame)") }
    }
  }

  /// The clip at other frame rates, with a track that starts late.
  @Test(arguments: ["24000/1001", "25", "30000/1001", "30"])
  func windowsAreInTheirPlacesAtEveryRate(rate: String) async throws {
    let clip = try #require(SharedClip.talking)
    try await FFmpeg.withFolder { folder in
      let file = folder + "/late.mp4"
      try FFmpeg.run(
        "-i \(clip) -itsoffset 0.6 -i \(clip) -map 0:v -map 1:a -vf fps=\(rate) -c:a alac \(file)")
      let (records, _, debug) = try watch(file)
      #expect(records == debug.count && records >= 70)
      let parts = rate.split(separator: "/").compactMap { Double($0) }
      let framesPerSecond = parts.count == 2 ? parts[0] / parts[1] : parts[0]
      var centred = 0
      for (frame, line) in debug.enumerated() {
        // Seconds of the track, which starts at 0.6 s.
        let middle = (Double(frame) + 0.5) / framesPerSecond - 0.6
        #expect(abs((line["frame_middle"] ?? .nan) - middle) < 0.001, "frame \(frame)")
        if middle > 0.32, middle < 2.3 {
          centred += 1
          #expect(abs(line["offset_ms"] ?? .nan) < 1, "frame \(frame)")
        }
      }
      #expect(centred > 40)
    }
  }

  @Test func theReferencesWindowsFallBehind() throws {
    let clip = try #require(SharedClip.talking)
    let (_, errors, debug) = try watch(clip, ["--reference-windows"])
    #expect(errors.contains("the reference's windows"))
    // Its frames last 1/26 s: at frame 50 the sound is 2.02 - 50.5/26 s = 78 ms too early.
    #expect(abs((debug[50]["offset_ms"] ?? .nan) + 77.7) < 1)
  }

  /// Without sound, or with unusual sound, it continues and says what it uses.
  @Test(arguments: [
    ("-an", "it contains no sound"), ("-t 0.3 -c:a aac", "aac 44100 Hz"),
    ("-c:a aac -ac 6 -ar 48000", "aac 48000 Hz"), ("-c:a aac -ar 8000", "aac 8000 Hz"),
    ("-c:a libmp3lame -ar 44100", "mp3 44100 Hz"),
  ])
  func anySoundWillDo(audio: String, words: String) async throws {
    let clip = try #require(SharedClip.talking)
    try await FFmpeg.withFolder { folder in
      let file = folder + "/clip.mkv"
      if audio.hasPrefix("-t 0.3") {
        try FFmpeg.run("-i \(clip) -vn \(audio) \(folder)/short.mka")
        try FFmpeg.run("-i \(clip) -i \(folder)/short.mka -map 0:v -map 1:a -c copy \(file)")
      } else {
        try FFmpeg.run("-i \(clip) -c:v copy \(audio) \(file)")
      }
      let (records, errors, _) = try watch(file)
      #expect(records == 75)
      #expect(errors.contains(words), "\(errors)")
    }
  }

  @Test func aDamagedTrackIsSilentWhereItIsDamaged() async throws {
    let clip = try #require(SharedClip.talking)
    try await FFmpeg.withFolder { folder in
      let file = folder + "/damaged.mkv"
      try FFmpeg.run("-i \(clip) -c copy -bsf:a noise=amount=1 \(file)")
      #expect(try watch(file).records == 75)
    }
  }

  @Test func soundFromAnotherFileOrNone() throws {
    let clip = try #require(SharedClip.talking)
    let (_, errors, debug) = try watch(Program.sample, ["--audio", clip, "--frames", "20"])
    #expect(errors.contains("12_grid_bbaf2n.mp4") && debug.count == 20)
    let silent = try watch(clip, ["--audio", "none", "--frames", "5"])
    #expect(silent.errors.contains("silence") && silent.records == 5)
  }

  @Test(arguments: ["avi", "mkv", "mp4"])
  func theRecordingCarriesTheSound(container: String) async throws {
    let clip = try #require(SharedClip.talking)
    try await FFmpeg.withFolder { folder in
      let video = folder + "/out." + container
      _ = try watch(clip, ["--save-file", video])
      let extract = "-vn -acodec pcm_s16le -ar 16000 -ac 1"
      try FFmpeg.run("-i \(clip) \(extract) \(folder)/clip.wav")
      try FFmpeg.run("-i \(video) \(extract) \(folder)/out.wav")
      let original = try WAV.samples(folder + "/clip.wav")
      let recorded = try WAV.samples(folder + "/out.wav")
      #expect(abs(recorded.count - 48000) < 1100)
      // The offset at which the loudest half second of the clip matches the recording best.
      let piece = original[16000..<24000]
      func fit(_ shift: Int) -> Float {
        piece.indices.reduce(0) { $0 + original[$1] * recorded[$1 + shift] }
      }
      let best = try #require((-1600...1600).max { fit($0) < fit($1) })
      #expect(abs(best) <= 160, "\(Double(best) / 16) ms off")
    }
  }
}

private enum SharedClip {
  /// A talking face, 75 frames at 25 a second.
  static let talking = SharedClips.folder.map {
    URL(fileURLWithPath: $0 + "/12_grid_bbaf2n.mp4").path
  }
}
