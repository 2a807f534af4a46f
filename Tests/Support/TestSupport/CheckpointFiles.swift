import Foundation
import Inference

extension Checkpoint {
  package func write(to path: String, as format: Format) throws {
    try Data(serialized(as: format, for: path)).write(to: URL(fileURLWithPath: path))
  }
}
