/// The name that a typing mistake most likely meant: at most a third of its letters differ, or it
/// is the beginning of one name alone.
package func nearest(to word: String, among names: [String]) -> String? {
  let longer = names.filter { $0.hasPrefix(word) }
  if word.count > 1, longer.count == 1 { return longer[0] }
  let ranked = names.map { ($0, editDistance(Array(word), Array($0))) }
  guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(1, best.0.count / 3) else {
    return nil
  }
  return best.0
}

/// Levenshtein's distance, one row at a time.
private func editDistance(_ first: [Character], _ second: [Character]) -> Int {
  var row = Array(0...second.count)
  for (i, a) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in second.enumerated() {
      let substituted = diagonal + (a == b ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[second.count]
}
