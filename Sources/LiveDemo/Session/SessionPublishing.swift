import Publishing
import Reading
import Records
import Runtime
import Words

extension PublishingSink {
  /// One sink per `--publish`.
  static func sinks(
    _ options: LiveOptions, say: @escaping @Sendable (String) -> Void
  ) -> [PublishingSink] {
    let subject = options.subject
    return options.publish.map { destination in
      PublishingSink(destination) { reading in
        var text = TextBuffer()
        JSONRecord().append(reading, of: subject, to: &text)
        return Array(text.bytes.dropLast())
      } say: { notice in
        say(Failure(notice).line)
      }
    }
  }

  /// Reports, once the run has ended, what the destination missed.
  func reportMissed() {
    guard missed > 0 else { return }
    printError("emenet: \(report.name): did not get \(counted(missed, "frame"))")
  }
}
