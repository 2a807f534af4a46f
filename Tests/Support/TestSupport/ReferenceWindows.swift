import Foundation

/// The sound windows that the reference uses for four videos, and the correct ones, from
/// `../shared/parity-va/windows.json`.
public struct ReferenceWindows: Decodable {
  public struct Video: Decodable {
    public struct Chunk: Decodable {
      public var frameIds: [Int]
      public var start: [Int]
    }
    public var fps: Int
    public var frames: Int
    public var audioSamples: Int
    public var referenceChunks: [Chunk]
    public var correctStart: [Int]
  }
  public var cases: [Video]

  public static func read() throws -> [Video] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let file = URL(fileURLWithPath: Shared.path("parity-va/windows.json"))
    return try decoder.decode(ReferenceWindows.self, from: Data(contentsOf: file)).cases
  }
}
