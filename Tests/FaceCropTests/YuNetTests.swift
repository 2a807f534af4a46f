import AllocationCounter
import Foundation
import Imaging
import TestSupport
import Testing

@testable import FaceCrop
@testable import Layers

@Suite struct YuNetTests {
  static let checkpoint = "checkpoints/detector/yunet-s.safetensors"

  /// The picture of `Training/detector.py`.
  static func madePicture(width: Int, height: Int) -> Image {
    Image(width: width, height: height) { x, y in
      func value(_ c: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: x * x / 3 + y * (5 + c) + x * y / 7 + c * 40)
      }
      return Pixel(red: value(2), green: value(1), blue: value(0))
    }
  }

  private func logistic(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

  /// What PyTorch gives for the same weights, written by `Training/detector.py --golden`.
  @Test(arguments: KernelSet.available)
  func equalsPyTorch(kernels: KernelSet) throws {
    let worst = try differenceFromPyTorch(kernels, .f32)
    print("YuNet, \(kernels.name): largest difference from PyTorch \(worst)")
    #expect(worst < 1e-3)
  }

  @Test(arguments: KernelSet.available.filter { $0.supports(.bf16) })
  func bfloat16IsClose(kernels: KernelSet) throws {
    let worst = try differenceFromPyTorch(kernels, .bf16)
    print("YuNet in bfloat16, \(kernels.name): largest difference from PyTorch \(worst)")
    #expect(worst > 1e-3 && worst < 0.1)
  }

  private func differenceFromPyTorch(_ kernels: KernelSet, _ precision: Precision) throws -> Float {
    let golden = try Checkpoint.read("Tests/Fixtures/detector/yunet.safetensors").tensors
    let network = try YuNet(
      Checkpoint.read(Self.checkpoint), kernels: kernels, precision: precision)
    let work = YuNet.Workspace(MapSize(96, 64))
    var sampler = Sampler(kernels)
    sampler.look(at: Self.madePicture(width: 96, height: 64), .identity, width: 96) {
      network.forward($0, work)
    }
    var worst: Float = 0
    for (level, stride) in YuNet.strides.enumerated() {
      let heads = [("cls", 0, 1), ("obj", 1, 1), ("bbox", 2, 4), ("kps", 6, 10)]
      for (head, first, count) in heads {
        let expected = try #require(golden["\(head)_\(stride)"])
        #expect(expected.shape == [96 / stride * (64 / stride), count])
        for (place, value) in expected.values.enumerated() {
          let found = work.values[level][place / count * 16 + first + place % count]
          worst = max(worst, abs((count == 1 ? logistic(found) : found) - value))
        }
      }
    }
    return worst
  }

  @Test(
    .enabled(if: allocation_count_works(), "allocations cannot be counted here"),
    arguments: Precision.allCases.filter(KernelSet.fastest.supports))
  func aLookAllocatesNothing(precision: Precision) throws {
    let detector = try YuNetDetector(Checkpoint.read(Self.checkpoint), precision: precision)
    let image = Self.madePicture(width: 640, height: 480)
    var found: [Detection] = []
    found.reserveCapacity(4096)
    let looks: [Look] = [.quick, .fine, .turned(eighths: 1), .turned(eighths: 2)]
    for look in looks { detector.detect(in: image, look: look, into: &found) }
    found.removeAll(keepingCapacity: true)
    allocation_count_here(allocations_of_a_detector)
    let before = allocation_count(allocations_of_a_detector)
    for look in looks { detector.detect(in: image, look: look, into: &found) }
    let after = allocation_count(allocations_of_a_detector)
    allocation_count_here(allocations_of_nobody)
    #expect(after == before)
  }

  @Test(arguments: [(1, 1), (3, 200), (64, 48), (641, 479), (2000, 30)])
  func plainPicturesHaveNoFaces(width: Int, height: Int) throws {
    let detector = try YuNetDetector(Checkpoint.read(Self.checkpoint))
    let looks =
      [Look.quick, .fine] + (1...7).map { .turned(eighths: $0) }
      + (0..<Look.tileCount(width: width, height: height)).map { .tile($0) }
    for level in [0, 128, 255] as [UInt8] {
      let plain = Image(width: width, height: height) { _, _ in
        Pixel(red: level, green: level, blue: level)
      }
      for look in looks { #expect(detector.detect(in: plain, look: look).isEmpty) }
    }
  }

  @Test func cost() throws {
    let network = try YuNet(Checkpoint.read(Self.checkpoint))
    for size in [MapSize(320, 256), MapSize(320, 320), MapSize(640, 480), MapSize(640, 640)] {
      let work = YuNet.Workspace(size)
      let picture = Self.madePicture(width: size.width, height: size.height)
      var sampler = Sampler()
      let times = (0..<60).map { _ in
        ContinuousClock().measure {
          sampler.look(at: picture, .identity, width: size.width) { network.forward($0, work) }
        }
      }
      let millions = network.operations(size) / 2_000_000
      print("YuNet, \(size.width) x \(size.height): \(times.min()!), \(millions) M multiply-adds")
    }
  }

  @Test func whatDoesNotFitTheNetworkIsNamed() throws {
    var checkpoint = try Checkpoint.read(Self.checkpoint)
    checkpoint.tensors["backbone.model0.pw.bias"] = nil
    let error = #expect(throws: CheckpointError.self) { try YuNetDetector(checkpoint) }
    guard case .mismatch(let mismatch) = error?.problem else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(mismatch.missing == ["backbone.model0.pw.bias"])
  }

  /// The faces that OpenCV 4.14's cascade finds in frame 3 of the clips: centre and width, px.
  @Test(.enabled(if: Clip.canBeRead, "../shared or ffmpeg is absent"), arguments: upright)
  func findsAFaceOfAClip(name: String, x: Float, y: Float, width: Float) throws {
    let clip = try #require(clips.first { $0.0 == name })
    let frames = try Clip(
      Shared.folder.appending(path: "clips/\(name).mp4"), width: clip.1, height: clip.2,
      framesPerSecond: clip.3)
    let image = try #require(frames.dropFirst(3).first { _ in true })
    let detector = try YuNetDetector(Checkpoint.read(Self.checkpoint))
    let wanted = Rect(x: x - width / 2, y: y - width / 2, width: width, height: width)
    for look in [Look.quick, .fine] {
      let found = detector.detect(in: image, look: look)
      let best = try #require(found.first)
      #expect(best.score > 0.7 && best.box.overlap(with: wanted) > 0.4, "\(found)")
      #expect(best.points.leftEye.x < best.points.rightEye.x)
    }
  }
}

let clips = [
  ("01_sad_to_laugh_woman", 640, 360, 23.976), ("02_neutral_to_smile_man", 640, 360, 30),
  ("03_face_then_none", 640, 360, 30), ("08_two_faces_headpose", 480, 270, 12),
  ("10_headpose_woman", 480, 270, 12), ("11_smile_man", 480, 270, 12),
  ("12_grid_bbaf2n", 360, 288, 25), ("14_lp_d18", 480, 480, 30),
]

let upright: [(String, Float, Float, Float)] = [
  ("01_sad_to_laugh_woman", 420.5, 197.5, 255),
  ("02_neutral_to_smile_man", 294.0, 186.0, 206),
  ("03_face_then_none", 292.0, 186.0, 204),
  ("11_smile_man", 248.0, 85.0, 92),
  ("12_grid_bbaf2n", 158.0, 175.0, 138),
  ("14_lp_d18", 246.0, 262.0, 280),
]
