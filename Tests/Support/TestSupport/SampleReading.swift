import Foundation
import Imaging
import Inference
import Reading

/// Readings with plausible content that depends only on the arguments.
package enum Sample {
  package static func emotion(phase: Float = 0) -> Emotion {
    let scores = (0..<7).map { exp(1.5 * sin(phase + Float($0))) }
    let sum = scores.reduce(0, +)
    let bins = [Float](repeating: 1 / 20, count: 20)
    return Emotion(
      expression: ExpressionEstimate(
        probabilities: scores.map { $0 / sum }, confidence: scores.max()! / sum,
        uncertainty: Uncertainty(aleatoric: 0.31, epistemic: 0.02)),
      actionUnits: (0..<12).map { index in
        ActionUnitEstimate(
          probability: 0.5 + 0.48 * sin(phase + Float(index)),
          uncertainty: Uncertainty(aleatoric: 0.53, epistemic: 0.25 * Float(index % 3)))
      },
      valence: ContinuousEstimate(
        probabilities: bins, value: 0.8 * cos(phase),
        uncertainty: Uncertainty(aleatoric: 0.61, epistemic: 0.03)),
      arousal: ContinuousEstimate(
        probabilities: bins, value: 0.8 * sin(phase),
        uncertainty: Uncertainty(aleatoric: 0.66, epistemic: 0.12)))
  }

  /// A face with a plain set of features inside `box`.
  package static func face(id: Int = 1, box: Rect, phase: Float = 0) -> FaceReading {
    func arc(
      _ count: Int, _ x: Float, _ y: Float, _ width: Float, _ height: Float, _ from: Float,
      _ to: Float
    ) -> [Point] {
      (0..<count).map { index in
        let angle = (from + (to - from) * Float(index) / Float(count - 1)) * .pi
        return Point(x + width * cos(angle), y - height * sin(angle))
      }
    }
    let features =
      arc(17, 0.5, 0.35, 0.46, 0.65, 1, 2)
      + arc(5, 0.28, 0.28, 0.15, 0.06, 0.9, 0.1) + arc(5, 0.72, 0.28, 0.15, 0.06, 0.9, 0.1)
      + (0..<4).map { Point(0.5, 0.36 + 0.07 * Float($0)) }
      + arc(5, 0.5, 0.62, 0.09, 0.03, 1, 2)
      + arc(6, 0.3, 0.38, 0.08, 0.035, 1, -0.67) + arc(6, 0.7, 0.38, 0.08, 0.035, 1, -0.67)
      + arc(12, 0.5, 0.78, 0.17, 0.07, 1, -0.83) + arc(8, 0.5, 0.78, 0.12, 0.03, 1, -0.75)
    let landmarks = features.map {
      Point(box.x, box.y) + $0 * Point(box.width, box.height)
    }
    return FaceReading(id: id, box: box, landmarks: landmarks, emotion: emotion(phase: phase))
  }

  package static func image(width: Int, height: Int, shade: UInt8 = 90) -> Image {
    var image = Image(width: width, height: height)
    image.withUnsafeMutableBytes { bytes in
      for index in bytes.indices { bytes[index] = shade &+ UInt8(index / 4 % 64) }
    }
    return image
  }

  package static func reading(
    frame: Int = 0, time: Double = 0, image: Image? = nil, faces: Int = 1
  ) -> FrameReading {
    let image = image ?? Self.image(width: 64, height: 48)
    let side = Float(image.height) / 2
    return FrameReading(
      frame: frame, time: time, dropped: 3, image: image, latencyMilliseconds: 38.2,
      faces: (0..<faces).map {
        face(
          id: $0 + 1, box: Rect(x: Float($0) * side, y: side / 2, width: side, height: side),
          phase: Float(frame) / 10)
      })
  }
}

/// A separate folder for one test, deleted with this value.
package final class ScratchFolder: Sendable {
  package let path: String

  package init() {
    var template = Array("/tmp/emenet-test-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template)!)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func file(_ name: String) -> String { "\(path)/\(name)" }

  package func names() -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }
}
