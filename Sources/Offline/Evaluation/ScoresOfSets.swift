import Runtime

/// The scores of one set, or of several side by side.
package struct ScoresOfSets {
  package let sets: [(name: String, scores: Scores)]

  package init(sets: [(name: String, scores: Scores)]) {
    self.sets = sets
  }

  /// Throws if a set has nothing to compare.
  package init(samples sets: [(name: String, samples: EvaluationSamples)]) throws(Failure) {
    if let empty = sets.first(where: { $0.samples.count == 0 }) {
      throw Failure(
        sets.count > 1 ? empty.name : "evaluate", "no frame has a label and a prediction",
        do: "name files alike in both folders", exitCode: .nothingDone)
    }
    self.init(sets: sets.map { ($0.name, Scores($0.samples)) })
  }

  /// Short names that distinguish the sets: a file's own, or its folder's if that says more.
  package static func names(of paths: [String]) -> [String] {
    let short = paths.map { path in
      let parts = path.split(separator: "/").map(String.init)
      let last = parts.last?.fileStem ?? path
      return ["labels", "merged"].contains(last) && parts.count > 1 ? parts[parts.count - 2] : last
    }
    return Set(short).count == short.count ? short : paths
  }

  /// `{"sets":{"NAME":{"expression":{…}},…}}`; for a single set, its own object.
  package var json: JSON {
    if sets.count == 1 { return sets[0].scores.json }
    return .object([("sets", .object(sets.map { ($0.name, $0.scores.json) }))])
  }

  /// One column per set; "-" if a set has no such value.
  package var table: String {
    if sets.count == 1 { return sets[0].scores.table }
    let width = max(10, (sets.map(\.name.count).max() ?? 0) + 2)
    func row(_ name: String, _ cells: [String]) -> String {
      let first = name + String(repeating: " ", count: max(1, 34 - name.count))
      return first
        + cells.map { String(repeating: " ", count: max(1, width - $0.count)) + $0 }.joined() + "\n"
    }
    var lines = row("", sets.map(\.name))
    for (part, names) in rows {
      lines += part.replacing("_", with: " ") + "\n"
      for name in names {
        let cells = sets.map { set in
          set.scores.parts.first { $0.name == part }?.values.first { $0.name == name }
            .map { Scores.text($0.value, of: name) } ?? "-"
        }
        lines += row("  " + name.replacing("_", with: " "), cells)
      }
    }
    return lines
  }

  /// The parts and values present in any of the sets, in order.
  private var rows: [(part: String, names: [String])] {
    var rows: [(part: String, names: [String])] = []
    for part in sets.flatMap(\.scores.parts) {
      let index = rows.firstIndex { $0.part == part.name } ?? rows.count
      if index == rows.count { rows.append((part.name, [])) }
      for value in part.values where !rows[index].names.contains(value.name) {
        rows[index].names.append(value.name)
      }
    }
    return rows
  }
}
