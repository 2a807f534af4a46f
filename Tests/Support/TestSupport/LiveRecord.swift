import Foundation

/// The parts of a `--json` line that tests examine.
package struct LiveRecord: Decodable {
  package struct Face: Decodable {
    package var id: Int
    package var box: [Double]
    package var landmarks: [[Double]]
  }
  package var frame: Int
  package var time: Double
  package var dropped: Int
  package var faces: [Face]

  /// Throws unless every line, including the last one, is a complete record.
  package static func all(in path: String) throws -> [LiveRecord] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(LiveRecord.self, from: Data($0.utf8))
    }
  }
}
