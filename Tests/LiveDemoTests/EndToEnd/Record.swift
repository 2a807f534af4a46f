import Foundation

/// What the tests look at in a line of `--json`.
struct Record: Decodable {
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
  static func all(in path: String) throws -> [Record] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Record.self, from: Data($0.utf8))
    }
  }
}
