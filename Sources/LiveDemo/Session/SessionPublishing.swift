import Publishing
import Reading
import Records
import Runtime

/// The destinations of `--publish`.
struct SessionPublishing {
  private let sinks: [PublishingSink]

  /// - Parameter say: told what a person should know; called on the sinks' threads
  init(_ options: LiveOptions, say: @escaping @Sendable (String) -> Void) throws {
    let subject = options.input == nil ? RecordSubject.cameraFrame : .frame
    sinks = try options.publish.map { destination in
      try PublishingSink(destination) { reading in
        var text = TextBuffer()
        JSONRecord().append(reading, of: subject, to: &text)
        return Array(text.bytes.dropLast())
      } say: { notice in
        say(Failure(notice).line)
      }
    }
  }

  func take(_ reading: FrameReading) {
    for sink in sinks { sink.take(reading) }
  }

  /// Says what a destination did not get.
  func finish() {
    for report in sinks.map({ $0.finish() }) where report.leftOut > 0 {
      let url = report.destination.url
      printError("emenet: \(url): did not get \(counted(report.leftOut, "frame"))")
    }
  }
}
