import Runtime

extension LiveOptions: Command {
  func run() async throws -> ExitCode {
    if input != nil {
      for option in Self.ofCameras where arguments.has(option) {
        if stream != nil, option == "reconnect" { continue }
        printError("emenet: --\(option): only applies to a camera; --input is played as it is")
      }
    }
    return try await LiveSession(options: self).run()
  }
}
