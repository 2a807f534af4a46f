extension String {
  /// The text with each URL in it reduced to what may be shown: without user name, password and
  /// query, and without parts of the path that look like a password or a token.
  package var withoutCredentials: String {
    var result = ""
    var rest = self[...]
    while let mark = rest.firstRange(of: "://") {
      result += rest[..<mark.upperBound]
      rest = rest[mark.upperBound...]
      let end = rest.firstIndex { $0.isWhitespace } ?? rest.endIndex
      result += Self.shown(rest[..<end])
      rest = rest[end...]
    }
    return result + rest
  }

  /// - Parameter address: a URL after its "://"
  private static func shown(_ address: Substring) -> String {
    // Punctuation of the sentence around it.
    let tail = String(address.reversed().prefix { "'\":;,)".contains($0) }.reversed())
    var body = address.dropLast(tail.count)
    var query = ""
    // A password may contain any character, even those that end an address.
    if let at = body.lastIndex(of: "@") { body = body[body.index(after: at)...] }
    if let mark = body.firstIndex(of: "?") {
      body = body[..<mark]
      query = "?…"
    }
    let parts = body.split(separator: "/", omittingEmptySubsequences: false).enumerated().map {
      index, part in
      let word = part.lowercased()
      return index > 0 && ["pass", "pwd", "token", "secret"].contains { word.contains($0) }
        ? "…" : part
    }
    return parts.joined(separator: "/") + query + tail
  }
}
