import Foundation
import SoundTesting
import Testing

@testable import Capture

/// Files are made with ffmpeg; our samples must match those that it decodes.
@Suite(.enabled(if: FFmpeg.isThere, "needs ffmpeg")) struct SoundFileTests {
  private func samples(_ path: String) throws -> [Float] {
    let sound = try SoundFile(path: path)
    return sound.samples(0..<sound.available(upTo: .max))
  }

  @Test(arguments: [
    // rate, channel layout, encoder, extension
    (16000, "mono", "pcm_s16le", "wav"), (44100, "stereo", "pcm_s16le", "wav"),
    (48000, "5.1", "aac", "mp4"), (44100, "stereo", "aac", "mkv"), (22050, "mono", "mp3", "mp3"),
    (48000, "stereo", "flac", "flac"), (8000, "mono", "pcm_mulaw", "wav"),
    (48000, "stereo", "libvorbis", "ogg"),
  ])
  func equalsWhatFFmpegExtracts(rate: Int, layout: String, encoder: String, ending: String)
    async throws
  {
    try await FFmpeg.withFolder { folder in
      let (file, wav) = (folder + "/sound." + ending, folder + "/expected.wav")
      try FFmpeg.run(
        "-f lavfi -i anoisesrc=r=\(rate):d=2.3:a=0.3:seed=5 -f lavfi -i "
          + "sine=f=440:r=\(rate):d=2.3 -filter_complex amix=2,aformat=channel_layouts=\(layout) "
          + "-c:a \(encoder) \(file)")
      try FFmpeg.run("-i \(file) -vn -acodec pcm_s16le -ar 16000 -ac 1 \(wav)")
      let (found, expected) = (try samples(file), try WAV.samples(wav))
      #expect(found.count == expected.count)
      let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? 1
      #expect(difference == 0, "\(difference * 32768) steps of int16")
      let sound = try SoundFile(path: file)
      #expect(sound.format.sampleRate == rate && sound.origin == 0 && !sound.hasPictures)
    }
  }

  /// A click every half second of the file's clock, in tracks that start late or early, have gaps,
  /// or run at a different rate.
  @Test(arguments: [
    (rate: 48000, delay: 0.0, frames: "25"), (44100, 1.37, "30000/1001"),
    (48000, 0.4, "24000/1001"), (16000, 2.0, "30"),
  ])
  func clicksAreAtTheirTimes(rate: Int, delay: Double, frames: String) async throws {
    try await FFmpeg.withFolder { folder in
      for ending in ["mp4", "mkv"] {
        let file = folder + "/clicks." + ending
        try FFmpeg.clicks(
          file, seconds: 4, rate: rate, delay: delay, framesPerSecond: frames, codec: "pcm_s16le")
        let sound = try SoundFile(path: file)
        #expect(sound.hasPictures)
        #expect(abs(sound.origin - delay) < 0.0011, "\(sound.origin)")
        let track = sound.samples(0..<sound.available(upTo: .max))
        let times = track.clicks.map { sound.origin + Double($0) / 16000 }
        let expected = (0..<8).map { delay + 0.25 + 0.5 * Double($0) }
        #expect(times.count == expected.count)
        for (time, wanted) in zip(times, expected) {
          #expect(abs(time - wanted) < 0.001, "\(ending): \(time) for \(wanted)")
        }
      }
    }
  }

  @Test func gapsAreSilentAndTimesGoOn() async throws {
    try await FFmpeg.withFolder { folder in
      let file = folder + "/gap.mkv"
      // Packets between 1 s and 2.5 s are missing.
      try FFmpeg.clicks(
        folder + "/whole.mkv", seconds: 4, rate: 48000, framesPerSecond: "25", codec: "pcm_s16le")
      try FFmpeg.run(
        "-i \(folder)/whole.mkv -c copy -bsf:a noise=drop='between(pts\\,1000\\,2500)' \(file)")
      let sound = try SoundFile(path: file)
      let track = sound.samples(0..<sound.available(upTo: .max))
      #expect(abs(Double(track.count) / 16000 - 4) < 0.03)
      let times = track.clicks.map { Double($0) / 16000 }
      #expect(times.count == 5)
      for (time, wanted) in zip(times, [0.25, 0.75, 2.75, 3.25, 3.75]) {
        #expect(abs(time - wanted) < 0.011, "\(time) for \(wanted)")
      }
      #expect(track[17000..<39000].allSatisfy { $0 == 0 })
    }
  }

  @Test func anyPositionMayBeRead() async throws {
    try await FFmpeg.withFolder { folder in
      let file = folder + "/long.wav"
      try FFmpeg.run("-f lavfi -i anoisesrc=r=16000:d=30:seed=1 \(file)")
      let expected = try WAV.samples(file)
      let sound = try SoundFile(path: file)
      for first in [0, 400_000, 100, 479_000, -50, 200_000, 479_990] {
        let found = sound.samples(first..<first + 1000)
        #expect(
          found == (first..<first + 1000).map { expected.indices.contains($0) ? expected[$0] : 0 })
      }
      #expect(sound.available(upTo: .max) == expected.count)
    }
  }

  @Test func namesWhatItCannotRead() throws {
    #expect(throws: MediaFileError.noSound(path: Fixture.path("steps.mp4"))) {
      try SoundFile(path: Fixture.path("steps.mp4"))
    }
    #expect(throws: MediaFileError.notAFile(path: "/tmp")) { try SoundFile(path: "/tmp") }
    #expect(throws: MediaFileError.unreadable(path: "/no/such", errno: ENOENT)) {
      try SoundFile(path: "/no/such")
    }
  }

  @Test(arguments: ["mp4", "mkv", "wav", "mp3"])
  func survivesDamage(ending: String) async throws {
    var bytes: [UInt8] = []
    try await FFmpeg.withFolder { folder in
      let file = folder + "/sound." + ending
      try FFmpeg.run("-f lavfi -i anoisesrc=r=44100:d=1:seed=2 \(file)")
      bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
    }
    var generator = SystemRandomNumberGenerator()
    for round in 0..<40 {
      var damaged = bytes
      if round % 3 == 0 {
        damaged.removeLast(bytes.count * (round + 1) / 41)
      } else {
        for _ in 0..<(1 + round) {
          damaged[Int.random(in: damaged.indices, using: &generator)] = .random(
            in: 0...255, using: &generator)
        }
      }
      try await Fixture.withFile(damaged) { path in
        do {
          let sound = try SoundFile(path: path)
          // A header may state a wrong rate: at 1000 Hz a second becomes 44 s; gaps are limited to
          // 600 s.
          let count = sound.available(upTo: 20_000_000)
          #expect(sound.samples(0..<100).count == 100 && count >= 0)
        } catch is MediaFileError {}
      }
    }
  }
}
