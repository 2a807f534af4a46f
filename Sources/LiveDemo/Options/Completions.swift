/// Completion scripts made from the same tables as the help.
enum Shell: String, CaseIterable {
  case bash, zsh, fish

  func completions(for commands: [CommandDescription]) -> String {
    switch self {
    case .bash: bash(commands)
    // zsh reads bash's functions through its own compatibility module.
    case .zsh: "autoload -U +X bashcompinit && bashcompinit\n" + bash(commands)
    case .fish: fish(commands)
    }
  }

  private func bash(_ commands: [CommandDescription]) -> String {
    let names = commands.map(\.name).joined(separator: " ")
    let cases = commands.map { command in
      let words = (command.options + [.help]).map { "--" + $0.name }.joined(separator: " ")
      return "    \(command.name)) words=\"\(words)\" ;;\n"
    }.joined()
    return """
      _emenet() {
        local words current="${COMP_WORDS[COMP_CWORD]}"
        case "${COMP_WORDS[1]}" in
      \(cases)    *) words="\(names) \(commands[0].options.map { "--" + $0.name }.joined(separator: " "))" ;;
        esac
        COMPREPLY=()
        case "$current" in -*) ;; *) [ "$COMP_CWORD" -gt 1 ] && return ;; esac
        COMPREPLY=($(compgen -W "$words" -- "$current"))
      }
      complete -o default -F _emenet emenet

      """
  }

  private func fish(_ commands: [CommandDescription]) -> String {
    commands.map { command in
      var lines = [
        "complete -c emenet -n __fish_use_subcommand -a \(command.name) -d '\(command.summary)'"
      ]
      lines += command.options.map { option in
        let value = option.value == nil ? "" : " -r"
        let help = option.help.replacing("'", with: "\\'")
        return "complete -c emenet -n '__fish_seen_subcommand_from \(command.name)'"
          + " -l \(option.name)\(value) -d '\(help)'"
      }
      return lines.joined(separator: "\n") + "\n"
    }.joined()
  }
}
