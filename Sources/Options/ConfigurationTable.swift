import Runtime

/// A section of a ``Configuration`` that belongs to no command.
package struct ConfigurationTable: Sendable {
  /// Its spellings; the first is the usual one.
  package var names: [String]
  /// Its keys, each with its default as written in the file.
  package var keys: [(name: String, standard: String)]
  /// What `value` should have been for `key`; nil if it is a valid value.
  package var expectation: @Sendable (_ key: String, _ value: String) -> String?
  /// A key whose value does not go together with the other values, and what was expected of it.
  package var conflict: @Sendable ([String: String]) -> (key: String, expected: String)?

  package init(
    names: [String], keys: [(name: String, standard: String)],
    expectation: @escaping @Sendable (_ key: String, _ value: String) -> String?,
    conflict: @escaping @Sendable ([String: String]) -> (key: String, expected: String)? = { _ in
      nil
    }
  ) {
    self.names = names
    self.keys = keys
    self.expectation = expectation
    self.conflict = conflict
  }
}

extension Configuration {
  /// The settings of a table, by key.
  package func settings(for table: ConfigurationTable) -> [String: Setting] {
    var found: [String: Setting] = [:]
    for setting in settings where table.names.contains(setting.section) {
      found[setting.option] = setting
    }
    return found
  }

  func check(_ setting: Setting, _ table: ConfigurationTable) throws(Problem) {
    func problem(_ reason: Problem.Reason) -> Problem {
      Problem(path: path, line: setting.line, reason: reason)
    }
    let names = table.keys.map(\.name)
    guard names.contains(setting.option) else {
      throw problem(
        .unknownKey(
          setting.option, section: setting.section,
          nearest: nearest(to: setting.option, among: names)))
    }
    if let expected = table.expectation(setting.option, setting.value) {
      throw problem(.badValue(key: setting.option, value: setting.value, expected: expected))
    }
  }

  func checkConflicts(_ table: ConfigurationTable) throws(Problem) {
    let settings = settings(for: table)
    guard let (key, expected) = table.conflict(settings.mapValues(\.value)),
      let setting = settings[key]
    else { return }
    throw Problem(
      path: path, line: setting.line,
      reason: .badValue(key: key, value: setting.value, expected: expected))
  }
}
