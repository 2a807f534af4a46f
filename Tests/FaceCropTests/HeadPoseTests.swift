import Foundation
import Imaging
import TestSupport
import Testing

@testable import FaceCrop

@Suite struct HeadPoseTests {
  /// A face whose nose, eyes, mouth and jaw are in the positions of a level head.
  private static func landmarks(nose: Point = Point(0, 0.5), open: Float = 0.3) -> [Point] {
    var points = [Point](repeating: .zero, count: 68)
    for k in 0..<17 { points[k] = Point(-1.1 + 2.2 * Float(k) / 16, 0.2) }
    for (first, x) in [(36, Float(-0.5)), (42, 0.5)] {
      let half = open * 0.2
      for (k, point) in [
        Point(-0.2, 0), Point(-0.1, -half), Point(0.1, -half), Point(0.2, 0), Point(0.1, half),
        Point(-0.1, half),
      ].enumerated() { points[first + k] = Point(x, 0) + point }
    }
    points[30] = nose
    points[48] = Point(-0.4, 1)
    points[54] = Point(0.4, 1)
    return points.map { 100 * $0 + 300 }
  }

  @Test func aLevelHeadLooksStraightAhead() {
    let head = HeadPose(landmarks: Self.landmarks())
    #expect(abs(head.yaw) < 3 && abs(head.pitch) < 1 && abs(head.roll) < 0.01)
  }

  @Test("Yaw is positive to the person's left, the picture's right; pitch up; roll clockwise")
  func signs() {
    #expect(HeadPose(landmarks: Self.landmarks(nose: Point(0.4, 0.5))).yaw > 10)
    #expect(HeadPose(landmarks: Self.landmarks(nose: Point(-0.4, 0.5))).yaw < -10)
    #expect(HeadPose(landmarks: Self.landmarks(nose: Point(0, 0.3))).pitch > 10)
    #expect(HeadPose(landmarks: Self.landmarks(nose: Point(0, 0.7))).pitch < -10)
    for degrees in stride(from: Float(-170), through: 170, by: 34) {
      let turn = SimilarityTransform(
        moving: Point(300, 300), to: Point(250, 400), rotation: degrees * .pi / 180, scale: 0.7)
      let head = HeadPose(landmarks: Self.landmarks().map { turn($0) })
      #expect(abs(head.roll - degrees) < 0.1)
      #expect(abs(head.yaw) < 3 && abs(head.pitch) < 1)
    }
  }

  private static let python = Python.path(having: "numpy")

  /// `Training/pose.py` prints the same median.
  @Test(
    .enabled(
      if: Shared.isHere && python != nil,
      "../shared or a Python with numpy is absent, see EMENET_PYTHON"))
  func medianErrorOfYawOnHeldOutCrops() throws {
    // labels.npz is a zip of arrays.
    let script =
      "import sys; import numpy as np; d = np.load('\(Shared.folder.path)/faces/labels.npz'); "
      + "v = d['split'] == 'val'; sys.stdout.buffer.write(np.concatenate("
      + "[d['landmarks'][v].astype('f4').reshape(-1, 136), "
      + "-np.degrees(d['yaw'][v].astype('f4'))[:, None]], 1).tobytes())"
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: try #require(Self.python))
    process.arguments = ["-c", script]
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0 && !data.isEmpty)
    let numbers = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    let errors = stride(from: 0, to: numbers.count, by: 137).map { start in
      let landmarks = (0..<68).map { Point(numbers[start + 2 * $0], numbers[start + 2 * $0 + 1]) }
      return abs(HeadPose(landmarks: landmarks).yaw - numbers[start + 136])
    }.filter { $0.isFinite }.sorted()
    print("yaw, \(errors.count) held-out crops: median error \(errors[errors.count / 2]) degrees")
    #expect(errors[errors.count / 2] < 4)
  }

  @Test func blinksAreCountedAndClosedEyesAreNot() {
    var watch = EyeWatch()
    var eyes = Eyes(left: 0, right: 0, blinks: 0, blinksPerMinute: 0)
    func see(_ open: Float, for seconds: Double, from start: Double) {
      for frame in 0..<Int(seconds * 30) {
        eyes = watch.update(
          Self.landmarks(open: open), time: start + Double(frame) / 30, isCertain: true)
      }
    }
    see(0.3, for: 12, from: 0)
    #expect(eyes.left < 0.1 && eyes.right < 0.1 && eyes.blinks == 0)
    see(0.03, for: 0.2, from: 12)
    #expect(eyes.left > 0.8 && eyes.blinks == 0)
    see(0.3, for: 1, from: 12.2)
    #expect(eyes.blinks == 1)
    see(0.03, for: 3, from: 13.2)
    #expect(eyes.right > 0.8)
    see(0.3, for: 1, from: 16.2)
    #expect(eyes.blinks == 1, "three seconds are no blink")
    #expect(eyes.blinksPerMinute > 2 && eyes.blinksPerMinute < 6)
  }
}
