import Capture
import Reading
import Runtime

extension EmotionPipeline {
  /// Reads one picture independently: nothing carries over, and face ids start at 1.
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
