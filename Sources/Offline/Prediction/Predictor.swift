import Capture
import FaceCrop
import Imaging
import Inference
import Reading
import Runtime

/// Measures every frame of a clip.
package struct Predictor: Sendable {
  package let pipeline: EmotionPipeline
  /// nil for silence, and for a network that does not hear.
  package var sound: PredictionSound?
  /// For folders, which have no clock: 30, as for most of Aff-Wild2.
  package var framesPerSecond = 30.0
  /// Prints a non-fatal notice to stderr.
  package var say: @Sendable (String) -> Void = { printError($0) }

  package init(
    _ pipeline: EmotionPipeline, sound: PredictionSound? = nil, framesPerSecond: Double = 30,
    say: @escaping @Sendable (String) -> Void = { printError($0) }
  ) {
    self.pipeline = pipeline
    self.sound = sound
    self.framesPerSecond = framesPerSecond
    self.say = say
  }

  /// One frame of a clip; nil for a crop that is missing.
  package struct Measurement {
    package var emotion: Emotion
    package var members: [Emotion]
    /// For the records.
    package var reading: FrameReading
  }

  /// Calls `body` once per frame, in order. A frame without a crop gets the estimate of the last
  /// one that had a crop; frames before the first crop get the estimate of the first.
  ///
  /// - Parameter expect: called with the number of frames that a video claims to have
  /// - Returns: the number of damaged frames of a video
  package nonisolated(nonsending) func predict(
    _ clip: Clip, expect: (Int?) -> Void,
    body: (Measurement, PredictionFiles.Crop) throws -> Void
  ) async throws -> Int {
    var damaged = 0
    var last: Measurement?
    var waiting: [(frame: Int, time: Double, crop: PredictionFiles.Crop)] = []
    func take(
      _ measurement: Measurement?, _ crop: PredictionFiles.Crop, _ frame: Int, _ time: Double
    ) throws {
      guard var shown = measurement ?? last else { return waiting.append((frame, time, crop)) }
      for place in waiting {
        shown.reading.frame = place.frame
        shown.reading.time = place.time
        try body(shown, place.crop)
      }
      waiting = []
      shown.reading.frame = frame
      shown.reading.time = time
      try body(shown, crop)
      last = shown
    }
    switch clip.source {
    case .folder(let folder):
      let cutter = try sound?.cutter(
        of: clip, framesPerSecond: framesPerSecond, frames: clip.frameCount, say: say)
      let debug = cutter == nil ? nil : try sound?.openDebug()
      await pipeline.begin(.alignedCrop, sound: cutter)
      defer { debug?.close() }
      try await crops(of: folder, count: clip.frameCount ?? 0, debug) { measurement, crop, frame in
        try take(measurement, crop, frame, Double(frame) / framesPerSecond)
      }
    case .video(let path, let isCropped):
      try await frames(of: path, clip, isCropped: isCropped, expect: expect) {
        measurement, crop, frame, time in
        if crop == .damaged { damaged += 1 }
        try take(measurement, crop, frame, time)
      }
    }
    if last == nil {
      throw Failure(clip.name, "no frame of it shows a face", exitCode: .someInputsFailed)
    }
    return damaged
  }

  private nonisolated(nonsending) func crops(
    of folder: String, count: Int, _ debug: SoundDebug?,
    _ body: (Measurement?, PredictionFiles.Crop, Int) throws -> Void
  ) async throws {
    guard let entries = folderEntries(folder) else {
      throw Failure(
        folder, "is not a readable folder", do: "make it readable",
        exitCode: .someInputsFailed)
    }
    var names: [Int: String] = [:]
    for name in entries.sorted() {
      if let number = Clip.number(name) { names[number] = name }
    }
    for number in 1..<count + 1 {
      guard let name = names[number] else {
        try body(nil, .missing, number - 1)
        continue
      }
      guard let image = try? PictureFile.read(folder + "/" + name) else {
        try body(nil, .damaged, number - 1)
        continue
      }
      let time = Double(number - 1) / framesPerSecond
      let frame = Frame(
        image: image, time: time, clockTime: time, duration: 1 / framesPerSecond,
        sequence: number - 1, capturedAt: 0, dropped: 0)
      try body(try await measure(frame, debug: debug), .present, number - 1)
    }
  }

  private nonisolated(nonsending) func frames(
    of path: String, _ clip: Clip, isCropped: Bool, expect: (Int?) -> Void,
    _ body: (Measurement?, PredictionFiles.Crop, Int, Double) throws -> Void
  ) async throws {
    let source = VideoFile(path: path, pacing: .everyFrame)
    try source.start()
    expect(source.format.frameCount)
    defer { source.stop() }
    let cutter = try sound?.cutter(
      of: clip, framesPerSecond: source.format.framesPerSecond,
      frames: sound?.takesReferenceWindows == true
        ? await Clip.frameCount(ofVideo: path) : nil, say: say)
    let debug = cutter == nil ? nil : try sound?.openDebug()
    defer { debug?.close() }
    let scene: EmotionPipeline.Scene =
      isCropped ? .alignedCrop : .faces(try bundledDetector(pipeline.precision), maxFaces: 1)
    await pipeline.begin(scene, sound: cutter)
    var count = 0
    var last = 0.0
    // Frames that could not be decoded between two that were: their times lie in between.
    func fill(to sequence: Int, step: Double) throws {
      while count < sequence {
        last += step
        try body(nil, .damaged, count, last)
        count += 1
      }
    }
    while let frame = try await source.next() {
      let missing = frame.sequence - count
      try fill(to: frame.sequence, step: (frame.time - last) / Double(missing + 1))
      last = frame.time
      let measurement = try await measure(frame, debug: debug)
      try body(measurement, measurement == nil ? .missing : .present, count, frame.time)
      count += 1
    }
    let rate = source.format.framesPerSecond
    try fill(to: source.counters.delivered + source.lost, step: 1 / (rate > 0 ? rate : 25))
  }

  /// nil if the frame shows no face.
  private nonisolated(nonsending) func measure(
    _ frame: Frame, debug: SoundDebug?
  ) async throws -> Measurement? {
    var reading = await pipeline.read(frame)
    if let sound = reading.sound {
      try debug?.write(frame: frame.sequence, time: frame.time, sound)
    }
    // Latency has no meaning offline.
    reading.latencyMilliseconds = 0
    return reading.faces.first.map {
      Measurement(emotion: $0.emotion, members: $0.members, reading: reading)
    }
  }
}
