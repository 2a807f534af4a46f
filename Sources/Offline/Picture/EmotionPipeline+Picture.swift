import Capture
import Reading
import Runtime

extension EmotionPipeline {
  /// Reads one picture by itself: nothing is carried from the last, and its faces are numbered from 1.
  package nonisolated(nonsending) func read(
    picture path: String, _ scene: Scene
  ) async throws -> FrameReading {
    let start = monotonicNanoseconds()
    let picture = try PictureFile.read(path)
    await begin(scene)
    var reading = await read(Frame(picture: picture, capturedAt: start))
    for index in reading.faces.indices { reading.faces[index].id = index + 1 }
    return reading
  }
}
