import Capture
import FaceCrop
import Imaging
import Inference
import Reading
import Runtime

/// Times the stages around the network on the frames of a video, and the whole loop.
package struct PipelineBenchmark {
  package enum Stage: String, CaseIterable, Sendable {
    case decode, detect
    case detectFine = "detect_640"
    case crop, draw, encode, loop
  }

  package typealias Times = NetworkBenchmark.Times

  private let frames: [Frame]
  private let format: SourceFormat
  private let decode: Times
  private let detector: any FaceDetector
  private let scene: EmotionPipeline.Scene
  private let pipeline: EmotionPipeline
  private let sinks: Sinks

  /// What other modules do with readings.
  package struct Sinks: Sendable {
    /// Draws one reading.
    package var draw: @Sendable (FrameReading) -> Void
    /// A recorder that leaves no file once it has finished.
    package var recorder: @Sendable (SourceFormat) throws -> any ReadingSink

    package init(
      draw: @escaping @Sendable (FrameReading) -> Void,
      recorder: @escaping @Sendable (SourceFormat) throws -> any ReadingSink
    ) {
      self.draw = draw
      self.recorder = recorder
    }
  }

  /// Decodes the first frames of `input`, at most `runs`.
  package init(
    input: String, ensemble: sending Ensemble, detector: any FaceDetector, runs: Int, sinks: Sinks
  ) async throws {
    self.sinks = sinks
    self.detector = detector
    scene = .faces(detector, maxFaces: 8)
    pipeline = EmotionPipeline(ensemble, of: scene)
    let source = VideoFile(path: input, pacing: .everyFrame)
    try source.start()
    defer { source.stop() }
    format = source.format
    var frames: [Frame] = []
    var times: [Double] = []
    // Kept in memory, so that no decoding runs while the other stages are timed.
    while frames.count < min(runs, 150) {
      let start = monotonicSeconds()
      guard let frame = try await source.next() else { break }
      times.append((monotonicSeconds() - start) * 1e3)
      frames.append(frame)
    }
    guard !frames.isEmpty else { throw MediaFileError.noPictures(path: input) }
    self.frames = frames
    decode = Times(times)
  }

  package func measure(_ stage: Stage) async throws -> Times {
    switch stage {
    case .decode: decode
    case .detect: detectTimes(.quick)
    case .detectFine: detectTimes(.fine)
    case .crop: cropTimes()
    case .draw: await drawTimes()
    case .encode: try await encodeTimes()
    case .loop: try await loopTimes()
    }
  }

  /// One look: sampling, the network, decoding.
  private func detectTimes(_ look: Look) -> Times {
    _ = detector.detect(in: frames[0].image, look: look)
    return Times(
      frames.map { frame in time { _ = detector.detect(in: frame.image, look: look) } })
  }

  /// A face of 180 px in the middle of the frame.
  private func cropTimes() -> Times {
    Times(
      frames.map { frame in
        let center = Point(Float(frame.image.width) / 2, Float(frame.image.height) / 2)
        let transform = SimilarityTransform(
          moving: center, to: Point(56, 62), rotation: 0.1, scale: 112 / 180)
        return time { _ = AlignedCrop(frame.image, frameToCrop: transform) }
      })
  }

  private func drawTimes() async -> Times {
    Times(await readings().map { reading in time { sinks.draw(reading) } })
  }

  /// A recording's whole work: drawing, colour conversion, MPEG-4 and writing.
  private func encodeTimes() async throws -> Times {
    let recorder = try sinks.recorder(format)
    var times: [Double] = []
    for (index, frame) in frames.enumerated() {
      let reading = FrameReading(
        frame: index, time: frame.time, dropped: 0, image: frame.image, latencyMilliseconds: 0,
        faces: [])
      let start = monotonicSeconds()
      await recorder.room()
      recorder.take(reading)
      times.append((monotonicSeconds() - start) * 1e3)
    }
    let rest = time { recorder.finish() }
    // The queue accepts the first few at once, so the time for them only shows at the end.
    return Times(times.map { $0 + rest / Double(times.count) })
  }

  /// The cost of a frame from decoding on with everything switched on: face crop, all members,
  /// recording. Drawing and encoding run alongside.
  private func loopTimes() async throws -> Times {
    await pipeline.begin(scene)
    let recorder = try sinks.recorder(format)
    var times: [Double] = []
    for frame in frames {
      let start = monotonicSeconds()
      let reading = await pipeline.read(frame)
      await recorder.room()
      recorder.take(reading)
      times.append((monotonicSeconds() - start) * 1e3)
    }
    let rest = time { recorder.finish() } / Double(times.count)
    return Times(times.map { $0 + rest })
  }

  private func readings() async -> [FrameReading] {
    await pipeline.begin(scene)
    var readings: [FrameReading] = []
    for frame in frames { readings.append(await pipeline.read(frame)) }
    return readings
  }

  /// ms
  private func time(_ body: () -> Void) -> Double {
    let start = monotonicSeconds()
    body()
    return (monotonicSeconds() - start) * 1e3
  }
}
