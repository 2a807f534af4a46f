import Runtime

enum LiveCommand: Command {
  static let description = CommandDescription(
    name: LiveOptions.command, isDefault: true,
    summary: "Watches a camera, or a video file in its place, in the terminal; q quits.",
    operands: "[VIDEO]", options: LiveOptions.table)

  static func run(_ arguments: Arguments) async throws -> ExitCode {
    let options = try LiveOptions(arguments)
    if options.input != nil {
      for option in LiveOptions.ofCameras where arguments.has(option) {
        printError("emenet: --\(option): only a camera heeds it; --input is played as it is")
      }
    }
    return try await LiveSession(options: options).run()
  }
}
