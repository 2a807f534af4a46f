import Foundation

/// What the tests look at in a line of `--json`.
struct LiveRecord: Decodable {
  struct Face: Decodable {
    var id: Int
    var box: [Double]
    var landmarks: [[Double]]
  }
  var frame: Int
  var time: Double
  var dropped: Int
  var faces: [Face]

  /// Throws where any line, the last one included, is not a whole record.
  static func all(in path: String) throws -> [LiveRecord] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(LiveRecord.self, from: Data($0.utf8))
    }
  }
}
