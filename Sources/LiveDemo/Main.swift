import Allocation
import Dispatch
import Glibc
import Options
import Runtime
import Screen
import Words

@main
enum Main {
  /// Address space that a command needs in addition to the program itself, including threads'
  /// stacks: five members, a detector and a recording.
  static let addressSpace = 320 << 20

  /// Not asynchronous: without descriptors the Swift runtime crashes before an asynchronous `main`
  /// reaches its first line.
  static func main() {
    occupyStandardDescriptors()
    // A file at its size limit and a pipe without a reader should be errors of write(2).
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    CrashRescue.install()
    // Sendable, so that it can run on any thread; a closure isolated to the main actor would crash.
    allocation_failure_ends_with(ExitCode.nothingDone.rawValue) { @Sendable in
      CrashRescue.restore()
    }
    do {
      try Resources.checkDescriptors()
    } catch {
      printError(error.line)
      exit(error.exitCode.rawValue)
    }
    Task { exit(await run(commandLine()).rawValue) }
    dispatchMain()
  }

  /// Without the program's name. Bytes that are not UTF-8 would, as text, name a different file.
  private static func commandLine() -> Result<[String], UsageError> {
    for (index, word) in CommandLine.arguments.enumerated() where index > 0 {
      guard let bytes = CommandLine.unsafeArgv[index], String(validatingCString: bytes) != nil
      else { return .failure(.notText(word)) }
    }
    return .success(Array(CommandLine.arguments.dropFirst()))
  }

  /// `words`: the command line without the program's name.
  static func run(_ words: Result<[String], UsageError>) async -> ExitCode {
    do {
      let words = try words.get()
      if words.prefix(while: { $0 != "--" }).contains("--version")
        || ["version", "-V"].contains(words.first)
      {
        try StandardOutput.writeLine("emenet \(Version.current)")
        return .done
      }
      let invocation = try Invocation(words, commands: commands)
      let description = invocation.command.description
      let descriptions = commands.map { $0.description }
      if invocation.asksForHelp {
        try StandardOutput.write(helpText(for: description))
        if description.isDefault { try StandardOutput.write("\n" + commandList(descriptions)) }
        return .done
      }
      try Resources.checkMemory(bytes: addressSpace)
      var arguments = try Arguments(
        parsing: invocation.words, of: description, among: descriptions)
      if invocation.command.isConfigurable, let path = Configuration.standardPath {
        let configuration = try Configuration(
          reading: path, for: commands, tables: ConfigurationTable.all)
        configuration.applyTables()
        arguments.complete(from: configuration, for: invocation.command)
      }
      return try await invocation.command.init(arguments).run()
    } catch OutputError.closedPipe(path: "-") {
      // A reader such as `head -1` got what it wanted.
      return .done
    } catch {
      let failure = Failure(error)
      printError(failure.line)
      return failure.exitCode
    }
  }
}
