import Foundation
import Inference
import SoundTesting
import TestSupport
import Testing

/// `emenet predict` with EMENet-VA: which sound it uses for which frame.
@Suite(
  .enabled(if: Shared.isPresent, "needs ../shared/parity-va"),
  .enabled(if: FFmpeg.isThere, "needs ffmpeg"))
struct PredictSoundTests {
  private let folder = ScratchFolder()
  private let checkpoint = Shared.voiceCheckpoint

  /// A video whose frames are all treated as crops.
  private func video(_ name: String, frames: Int, rate: String, sound: String? = nil) throws
    -> String
  {
    let file = folder.file(name)
    let track = sound.map { "\($0) -c:a pcm_s16le" } ?? ""
    try FFmpeg.run(
      "-f lavfi -i testsrc=s=112x112:r=\(rate) \(track) -frames:v \(frames) -c:v mpeg4 \(file)")
    return file
  }

  /// Noise that rises and falls like a voice.
  private func sound(_ name: String, samples: Int) throws -> String {
    let file = folder.file(name)
    try FFmpeg.run(
      "-f lavfi -i anoisesrc=seed=3:r=16000:a=0.5,tremolo=f=3:d=0.9,atrim=end_sample=\(samples) "
        + "-ac 1 -c:a pcm_s16le \(file)")
    return file
  }

  private func predict(
    _ words: [String], by checkpoint: String = Shared.voiceCheckpoint, to output: String
  ) throws -> Program.Outcome {
    try Program.run(
      ["predict", "--cropped", "--checkpoint", checkpoint, "--output-dir", folder.file(output)]
        + words)
  }

  private func values(_ output: String, _ name: String) throws -> [String] {
    let file = folder.file("\(output)/merged/uncertainty/\(name).csv")
    return try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// The column "start" of `--audio-debug`.
  private func starts(_ text: String) -> [Int] {
    text.split(separator: "\n").dropFirst().compactMap { Int($0.split(separator: ",")[2]) }
  }

  @Test func windowsOfBothAlignmentsExactly() throws {
    for clip in try ReferenceWindows.read() {
      let picture = try video("v\(clip.fps).mp4", frames: clip.frames, rate: "\(clip.fps)")
      let wave = try sound("s\(clip.fps).wav", samples: clip.audioSamples)
      let words = [picture, "--audio", wave, "--audio-debug", "-"]
      let centred = try predict(words, to: "centred\(clip.fps)")
      #expect(centred.exitCode == 0 && centred.errors == "")
      #expect(starts(centred.output) == clip.correctStart)
      let reference = try predict(words + ["--reference-windows"], to: "reference\(clip.fps)")
      #expect(reference.exitCode == 0)
      let expected = (0..<clip.frames).map { frame in
        clip.referenceChunks.lazy.compactMap { chunk in
          chunk.frameIds.firstIndex(of: frame).map { chunk.start[$0] }
        }.first
      }
      #expect(starts(reference.output) == expected)
      let name = "v\(clip.fps)"
      #expect(try values("centred\(clip.fps)", name) != values("reference\(clip.fps)", name))
    }
  }

  /// The video's own track, the same sound next to the video, in a folder by its name, and next to
  /// a folder of frames: always the same numbers.
  @Test func theSameSoundFromEverywhere() throws {
    let sounds = folder.file("sounds")
    try FileManager.default.createDirectory(atPath: sounds, withIntermediateDirectories: true)
    let wave = try sound("sounds/v.wav", samples: 24000)
    let picture = try video("v.mkv", frames: 40, rate: "25", sound: "-i \(wave)")
    let bare = try video("bare.mkv", frames: 40, rate: "25")
    try FileManager.default.moveItem(atPath: bare, toPath: sounds + "/v.mkv")
    let own = try predict([picture], to: "own")
    #expect(own.exitCode == 0 && own.errors == "")
    let expected = try values("own", "v")
    #expect(expected.count == 41)

    #expect(try predict([picture, "--audio", wave], to: "file").exitCode == 0)
    #expect(try values("file", "v") == expected)

    try FileManager.default.removeItem(atPath: sounds + "/v.mkv")
    #expect(try predict([picture, "--audio", sounds], to: "folder").exitCode == 0)
    #expect(try values("folder", "v") == expected)

    let crops = folder.file("crops")
    for name in ["v_left", "silent"] {
      try FileManager.default.createDirectory(
        atPath: crops + "/" + name, withIntermediateDirectories: true)
      try FFmpeg.run("-i \(picture) -q:v 1 \(crops)/\(name)/%05d.png")
    }
    let folders = try predict(
      ["--data-dir", crops, "--fps", "25", "--audio", sounds], to: "folders")
    #expect(folders.exitCode == 0)
    #expect(
      folders.errors
        == "emenet: silent: no sound found, so silence is assumed; name a file with --audio\n")
    #expect(try values("folders", "v_left") == expected)
    #expect(try values("folders", "silent") != expected)
  }

  /// The published networks have three heads, or landmarks for aligned crops only, so faces are
  /// tracked with the program's own weights.
  @Test(arguments: [3, 4])
  func otherNetworksFollowFacesToo(heads: Int) throws {
    var other = try Checkpoint.read(checkpoint)
    if heads == 3 { other.tensors = other.tensors.filter { !$0.key.hasPrefix("tmodels.3.") } }
    let file = folder.file("other.safetensors")
    try other.write(to: file, as: .safetensors)
    let outcome = try Program.run([
      "--input", Program.sample, "--frames", "10", "--no-ui", "--json", "-", "--checkpoint", file,
    ])
    #expect(outcome.exitCode == 0)
    #expect(
      outcome.errors.contains("emenet: landmarks: those of emenet-v-0, to follow faces with\n"))
    let records = outcome.output.split(separator: "\n")
    #expect(records.count == 10 && records.allSatisfy { $0.contains("\"landmarks\":[[") })
    let predicted = try Program.run([
      "predict", "--video", Program.sample, "--checkpoint", file,
      "--output-dir", folder.file("predicted"),
    ])
    #expect(predicted.exitCode == 0)
  }

  @Test func withoutSoundThereIsSilenceAndThatIsSaid() throws {
    let picture = try video("v.mkv", frames: 5, rate: "25")
    let outcome = try predict([picture], to: "none")
    #expect(outcome.exitCode == 0)
    #expect(outcome.errors == "emenet: v: \(picture) contains no sound, so silence is assumed\n")
    let zeros = folder.file("zeros.wav")
    try FFmpeg.run("-f lavfi -i anullsrc=r=16000:cl=mono -t 1 -c:a pcm_s16le \(zeros)")
    #expect(try predict([picture, "--audio", zeros], to: "zeros").errors == "")
    #expect(try values("none", "v") == values("zeros", "v"))
    // Shorter than a window, so it is padded with zeros.
    let short = try sound("short.wav", samples: 3000)
    let padded = folder.file("padded.wav")
    try FFmpeg.run("-i \(short) -af apad=whole_len=10080 -c:a pcm_s16le \(padded)")
    #expect(try predict([picture, "--audio", short], to: "short").exitCode == 0)
    #expect(try predict([picture, "--audio", padded], to: "padded").exitCode == 0)
    #expect(try values("short", "v") == values("padded", "v"))
    #expect(try values("short", "v") != values("none", "v"))
  }

  /// Noise leaves a network that hears voices only with the face; a talker does not.
  @Test func onlyVoicesCountIfTheCheckpointSaysSo() throws {
    var fading = try Checkpoint.read(checkpoint)
    fading.metadata["sound"] = "voices"
    let file = folder.file("fading.safetensors")
    try fading.write(to: file, as: .safetensors)
    let picture = try video("v.mkv", frames: 75, rate: "25")
    let sounds = [
      "noise": try sound("noise.wav", samples: 48000),
      "talker": Shared.path("clips/12_grid_bbaf2n.mp4"),
    ]
    for (name, network) in [("fading", file), ("official", checkpoint)] {
      #expect(try predict([picture], by: network, to: name).exitCode == 0)
      for (kind, path) in sounds {
        let outcome = try predict(
          [picture, "--audio", path, "--audio-debug", "-"], by: network, to: name + kind)
        let presences = outcome.output.split(separator: "\n").dropFirst().compactMap {
          $0.split(separator: ",").last.flatMap { Double($0) }
        }
        #expect(presences.count == 75 && presences.max() == (kind == "talker" ? 1 : 0), "\(kind)")
        let isAsInSilence = try values(name + kind, "v") == values(name, "v")
        #expect(isAsInSilence == (name == "fading" && kind == "noise"), "\(name) \(kind)")
      }
    }
  }

  @Test func whatCannotBeIsSaid() throws {
    let picture = try video("v.mkv", frames: 2, rate: "25")
    let other = try video("w.mkv", frames: 2, rate: "25")
    let wave = try sound("s.wav", samples: 20000)
    #expect(try predict([picture, other, "--audio", wave], to: "a").exitCode == 64)
    #expect(try predict([picture, other, "--audio-debug", "-"], to: "a").exitCode == 64)
    #expect(try predict([picture, "--fps", "0"], to: "a").exitCode == 64)
    let missing = try predict([picture, "--audio", folder.file("missing.wav")], to: "a")
    #expect(missing.exitCode == 2 && missing.errors.contains("missing.wav: No such file"))
    // A run does not continue with another run's sound.
    #expect(try predict([picture, "--audio", wave], to: "b").exitCode == 0)
    #expect(try predict([picture, "--audio", other], to: "b").exitCode == 5)
  }
}
