import Capture
import Foundation

/// Debian's ffmpeg, used to create and read sound files for tests.
public enum FFmpeg {
  public static let path = "/usr/bin/ffmpeg"
  public static let isThere = FileManager.default.isExecutableFile(atPath: path)

  public struct Failed: Error { public var words: String }

  /// - Parameter words: the command line; arguments must not contain spaces
  public static func run(_ words: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments =
      ["-nostdin", "-v", "error", "-y"] + words.split(separator: " ").map(String.init)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(words: words) }
  }

  public nonisolated(nonsending) static func withFolder<R>(
    _ body: nonisolated(nonsending) (String) async throws -> R
  ) async throws -> R {
    let folder = NSTemporaryDirectory() + "sound-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }

  /// Grey pictures and a track with clicks of 1 ms at 0.25 s, 0.75 s, … after its start.
  public static func clicks(
    _ file: String, seconds: Int, rate: Int, delay: Double = 0, framesPerSecond: String,
    codec: String
  ) throws {
    let codec = file.hasSuffix("mp4") && codec.hasPrefix("pcm") ? "alac" : codec
    try run(
      "-f lavfi -i color=gray:s=64x48:r=\(framesPerSecond):d=\(seconds) -itsoffset \(delay) "
        + "-f lavfi -i aevalsrc=if(between(mod(t\\,0.5)\\,0.25\\,0.251)\\,0.9\\,0):s=\(rate):"
        + "d=\(seconds) -map 0:v -map 1:a -c:v mpeg4 -c:a \(codec) \(file)")
  }
}

public enum WAV {
  /// Samples of a 16-bit mono file.
  public static func samples(_ path: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(filePath: path))
    guard let mark = data.range(of: Data("data".utf8)) else { return [] }
    return data[(mark.upperBound + 4)...].withUnsafeBytes { bytes in
      (0..<bytes.count / 2).map {
        Float(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self)))
          / 32768
      }
    }
  }
}

extension SoundReader {
  public func samples(_ range: Range<Int>) -> [Float] {
    [Float](unsafeUninitializedCapacity: range.count) { buffer, count in
      count = range.count
      read(from: range.lowerBound, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
  }
}

extension [Float] {
  /// The samples at which clicks start.
  public var clicks: [Int] {
    var last = -1000
    return indices.filter { index in
      guard abs(self[index]) > 0.3 else { return false }
      defer { last = index }
      return index - last > 100
    }
  }
}
