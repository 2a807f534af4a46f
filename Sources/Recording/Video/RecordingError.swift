import Runtime

/// Why a video cannot be recorded or repaired, or why a recording stopped.
package enum RecordingError: Error, Equatable {
  case output(OutputError)
  /// The ending of the name is none of `known`.
  case unknownContainer(path: String, known: [String])
  /// libavcodec was built without any of these.
  case noEncoder(names: [String])
  /// `reason`: libav's own words.
  case refused(path: String, call: StaticString, reason: String)
  /// The file to repair cannot be read; `code` is the errno.
  case unreadable(path: String, code: Int32)
  /// Something in the file would be lost by a repair.
  case notRepairable(path: String, reason: String)
  /// There is no picture in the file that could be saved.
  case nothingToRepair(path: String)

  package static func == (left: RecordingError, right: RecordingError) -> Bool {
    "\(left)" == "\(right)"
  }
}
