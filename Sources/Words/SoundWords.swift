import Reading

extension SessionSound {
  /// One line for the user who starts the program.
  package var announcement: String {
    switch source {
    case .microphone(let microphone):
      "sound: \(microphone.format.name), \(windowText)"
    case .file(_, let format, _):
      "sound: \(format.name), \(format.encoding) \(format.sampleRate) Hz, \(windowText)"
    case .none(let reason): "sound: none, going on with silence: \(reason)"
    }
  }

  /// How windows are aligned, in words.
  private var windowText: String {
    if request.takesReferenceWindows { return "the reference's windows" }
    guard case .microphone = source else { return "windows centred on their frames" }
    return request.lookaheadMilliseconds == 0
      ? "windows of the sound so far"
      : "frames wait \(Int(request.lookaheadMilliseconds)) ms for the sound that follows them"
  }
}
