extension String {
  /// "a/b.mp4" -> "b"
  package var fileStem: String {
    let file = split(separator: "/").last.map(String.init) ?? self
    guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return file }
    return String(file[..<dot])
  }

  /// Longest file name that file systems accept, in bytes.
  private static var longestFileName: Int { 255 }

  /// Appends `ending` to form a file name. A name that would be too long is truncated, and a hash
  /// of the full name keeps truncated names distinct.
  package func fileName(ending: String) -> String {
    guard utf8.count + ending.utf8.count > Self.longestFileName else { return self + ending }
    var hash = FNV1a()
    hash.add(self)
    let tail = "-" + String(hash.value, radix: 36) + ending
    var start = self
    while start.utf8.count + tail.utf8.count > Self.longestFileName { start.removeLast() }
    return start + tail
  }
}
