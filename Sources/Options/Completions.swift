/// Completion scripts, generated from the same tables as the help.
package enum Shell: String, CaseIterable {
  case bash, zsh, fish

  /// The first of `commands` is the default.
  package func completions(for commands: [CommandDescription]) -> String {
    switch self {
    case .bash: bash(commands)
    // zsh reads bash's functions through its own compatibility module.
    case .zsh:
      """
      (( $+functions[compdef] )) || { autoload -U compinit && compinit }
      autoload -U +X bashcompinit && bashcompinit

      """ + bash(commands)
    case .fish: fish(commands)
    }
  }

  private func bash(_ commands: [CommandDescription]) -> String {
    let names = commands.map(\.name).joined(separator: " ")
    func words(_ command: CommandDescription) -> String {
      (command.options + [.help]).map { "--" + $0.name }.joined(separator: " ")
    }
    let cases = commands.map { command in
      "    \(command.name)) words=\"\(words(command))\""
        + " operands=\"\(command.operands.choices.joined(separator: " "))\" ;;\n"
    }.joined()
    let values = unique(commands.flatMap(\.options)).filter { $0.value != nil }
    let kinds = Dictionary(grouping: values, by: \.completion)
    let patterns = kinds.sorted { $0.value[0].name < $1.value[0].name }.map { kind, options in
      let names = options.flatMap { option in
        ["--" + option.name] + (option.short.map { ["-\($0)"] } ?? [])
      }
      return "    \(names.joined(separator: "|"))) \(Self.bash(kind)) ;;\n"
    }.joined()
    return """
      _emenet() {
        local IFS=$' \\t\\n' words="" operands="" current="${COMP_WORDS[COMP_CWORD]}"
        local previous="${COMP_WORDS[COMP_CWORD-1]}"
        COMPREPLY=()
        # "--state=ca" is three words to bash.
        if [ "$current" = "=" ]; then
          current=""
        elif [ "$previous" = "=" ]; then
          previous="${COMP_WORDS[COMP_CWORD-2]}"
        fi
        # The value of an option; where it returns nothing, bash completes names of files.
        case "$previous" in
      \(patterns)  esac
        if [ -n "$words" ]; then
          COMPREPLY=($(compgen -W "$words" -- "$current"))
          return
        fi
        case "${COMP_WORDS[1]}" in
      \(cases)    *) words="\(words(commands[0]))" operands="" ;;
        esac
        case "$current" in
          -*) ;;
          *)
            words="$operands"
            [ "$COMP_CWORD" -eq 1 ] && words="\(names)"
            [ "$COMP_CWORD" -gt 2 ] && words=""
            ;;
        esac
        COMPREPLY=($(compgen -W "$words" -- "$current"))
      }
      complete -o default -F _emenet emenet

      """
  }

  /// The completion of a value, in bash.
  private static func bash(_ completion: ValueCompletion) -> String {
    switch completion {
    case .words(let words, andFiles: false): "words=\"\(words.joined(separator: " "))\""
    case .words(let words, andFiles: true):
      "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\")); return"
    case .files: "return"
    case .folders:
      "IFS=$'\\n'; COMPREPLY=($(compgen -d -- \"$current\"));"
        + " compopt -o filenames 2>/dev/null; return"
    case .devices(let line, let words):
      "words=\"\(words.joined(separator: " "))"
        + " $(\"${1:-emenet}\" devices 2>/dev/null | sed -n 's/^  \(line) *//p')\""
    case .nothing: "compopt +o default 2>/dev/null; return"
    }
  }

  /// The completion of a value in fish, which follows the option's name.
  private static func fish(_ completion: ValueCompletion) -> String {
    switch completion {
    case .words(let words, andFiles: let withFiles):
      (withFiles ? " -r" : " -x") + " -a '\(words.joined(separator: " "))'"
    case .files: " -r"
    case .folders: " -x -a '(__fish_complete_directories)'"
    case .devices(let line, let words):
      " -x -a '\(words.joined(separator: " "))"
        + " (emenet devices 2>/dev/null | string replace -rf \"^  \(line) *\" \"\")'"
    case .nothing: " -x"
    }
  }

  private func fish(_ commands: [CommandDescription]) -> String {
    func quoted(_ text: String) -> String {
      "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
    let others = commands.dropFirst().map(\.name).joined(separator: " ")
    return commands.enumerated().map { index, command in
      // If no command is given, the first one applies.
      let condition =
        index == 0
        ? "not __fish_seen_subcommand_from \(others)"
        : "__fish_seen_subcommand_from \(command.name)"
      let line = "complete -c emenet -n \(quoted(condition))"
      var lines = [
        "complete -c emenet -n __fish_use_subcommand -a \(command.name) -d \(quoted(command.summary))"
      ]
      let operands = command.operands.choices
      if !operands.isEmpty { lines.append(line + " -a \(quoted(operands.joined(separator: " ")))") }
      lines += (command.options + [.help]).map { option in
        let value = option.value == nil ? "" : Self.fish(option.completion)
        return line + " -l \(option.name)\(value) -d \(quoted(option.helpWithDefault))"
      }
      return lines.joined(separator: "\n") + "\n"
    }.joined()
  }

  private func unique(_ options: [OptionDescription]) -> [OptionDescription] {
    var names: Set<String> = []
    return options.filter { names.insert($0.name).inserted }
  }
}
