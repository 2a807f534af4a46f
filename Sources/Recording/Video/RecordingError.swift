import Runtime

/// Why a video cannot be recorded or repaired, or why a recording stopped.
package enum RecordingError: Error, Equatable {
  case output(OutputError)
  /// The file extension is none of `known`.
  case unknownContainer(path: String, known: [String])
  /// libavcodec was built without any of these encoders.
  case noEncoder(names: [String])
  /// `reason`: libav's own message.
  case refused(path: String, call: StaticString, reason: String)
  /// The file to repair cannot be read; `code` is the errno.
  case unreadable(path: String, code: Int32)
  /// A repair would lose something in the file.
  case notRepairable(path: String, reason: String)
  /// The file contains no picture that could be saved.
  case nothingToRepair(path: String)

  package static func == (left: RecordingError, right: RecordingError) -> Bool {
    "\(left)" == "\(right)"
  }
}
