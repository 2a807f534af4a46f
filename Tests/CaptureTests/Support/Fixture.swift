import Foundation
import Imaging

/// Small files in `Tests/Fixtures/capture`.
enum Fixture {
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Fixtures/capture/\(name)").standardizedFileURL.path()
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path(name))))
  }

  /// Calls `body` with the path of a temporary file that contains `bytes`.
  @discardableResult
  static func withFile<R>(_ bytes: [UInt8], _ body: (String) async throws -> R) async throws -> R {
    let path = NSTemporaryDirectory() + "capture-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(filePath: path))
    defer { unlink(path) }
    return try await body(path)
  }
}

extension Pixel {
  func isNear(_ other: Pixel, within tolerance: Int) -> Bool {
    abs(Int(red) - Int(other.red)) <= tolerance && abs(Int(green) - Int(other.green)) <= tolerance
      && abs(Int(blue) - Int(other.blue)) <= tolerance
  }
}

extension Image {
  /// The pixels at the centres of the four quarters, row by row.
  var quarters: [Pixel] {
    [1, 3].flatMap { y in [1, 3].map { x in self[width * x / 4, height * y / 4] } }
  }
}
