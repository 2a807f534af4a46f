import CPopt
import Glibc
import Runtime

extension Arguments {
  /// Parses with libpopt: `--name value`, `--name=value`, `-n value`, `--` before operands.
  ///
  /// - Parameter all: other commands, which may have an option that this one lacks
  package init(
    parsing words: [String], of command: CommandDescription, among all: [CommandDescription] = []
  ) throws(UsageError) {
    let options = command.options + [.help]
    var arena = CStringArena()
    defer { arena.free() }

    var table = options.enumerated().map { index, option in
      poptOption(
        longName: arena.add(option.name),
        shortName: option.short.flatMap(\.asciiValue).map(CChar.init) ?? 0,
        argInfo: option.value == nil ? UInt32(POPT_ARG_NONE) : UInt32(POPT_ARG_STRING),
        arg: nil, val: Int32(index + 1), descrip: nil, argDescrip: nil)
    }
    table.append(poptOption())
    let argv = [command.name] + words.map(Self.withDashes)
    let pointers = argv.map { Optional(arena.add($0)) } + [nil]

    let result: Result<Arguments, UsageError> = table.withUnsafeBufferPointer { table in
      pointers.withUnsafeBufferPointer { pointers in
        let context = poptGetContext(
          nil, Int32(argv.count), UnsafeMutablePointer(mutating: pointers.baseAddress),
          table.baseAddress, 0)
        defer { poptFreeContext(context) }
        return Self.read(context, options, command, all)
      }
    }
    self = try result.get()
  }

  private static func read(
    _ context: poptContext?, _ options: [OptionDescription], _ command: CommandDescription,
    _ all: [CommandDescription]
  ) -> Result<Arguments, UsageError> {
    var arguments = Arguments()
    while true {
      let code = poptGetNextOpt(context)
      if code == -1 { break }
      guard code > 0 else {
        let word = poptBadOption(context, UInt32(POPT_BADOPTION_NOALIAS)).map(String.init(cString:))
        return .failure(error(code, word ?? "", options, command, all))
      }
      let value = poptGetOptArg(context)
      defer { free(value) }
      // In "--json --csv x", the next option is not a file name, and neither is an empty "$UNSET".
      if let value = value.map({ String(cString: $0) }),
        value.isEmpty || options.contains(where: { "--" + $0.name == value })
      {
        return .failure(
          .missingValue(option: options[Int(code) - 1].name, command: command.name))
      }
      arguments.values[options[Int(code) - 1].name, default: []].append(
        value.map { String(cString: $0) } ?? "")
    }
    while let operand = poptGetArg(context) {
      arguments.operands.append(String(cString: operand))
    }
    return .success(arguments)
  }

  private static func error(
    _ code: Int32, _ word: String, _ options: [OptionDescription], _ command: CommandDescription,
    _ all: [CommandDescription]
  ) -> UsageError {
    let name = String(word.drop { $0 == "-" }.prefix { $0 != "=" })
    switch code {
    case POPT_ERROR_NOARG: return .missingValue(option: name, command: command.name)
    case POPT_ERROR_UNWANTEDARG: return .unwantedValue(option: name, command: command.name)
    default:
      return .unknownOption(
        word, command: command.name,
        nearest: nearest(to: name.lowercased(), among: options.map(\.name)),
        elsewhere: all.filter { other in
          other.name != command.name && other.options.contains { $0.name == name }
        }.map(\.name))
    }
  }

  /// The reference spells its options with `_`; anything after `=` stays as it is.
  private static func withDashes(_ word: String) -> String {
    guard word.hasPrefix("--") else { return word }
    let end = word.firstIndex(of: "=") ?? word.endIndex
    return word[..<end].map { $0 == "_" ? "-" : String($0) }.joined() + word[end...]
  }
}

/// C strings that live until `free()`.
private struct CStringArena {
  private var strings: [UnsafeMutablePointer<CChar>] = []

  mutating func add(_ string: String) -> UnsafePointer<CChar> {
    let copy = strdup(string)!
    strings.append(copy)
    return UnsafePointer(copy)
  }

  mutating func free() {
    for string in strings { Glibc.free(string) }
    strings = []
  }
}
