import Runtime

enum LiveCommand: Command {
  static let description = CommandDescription(
    name: "live",
    summary: "Watches a camera, or a video file in its place, in the terminal; q quits.",
    options: LiveOptions.table)

  static func run(_ arguments: Arguments) async throws -> ExitCode {
    try await LiveSession(options: LiveOptions(arguments)).run()
  }
}
