extension String {
  /// Longest file name that file systems accept, in bytes.
  private static var longestFileName: Int { 255 }

  /// Appends `ending` to form a file name. A name that would be too long is truncated, and a hash
  /// of the full name keeps truncated names distinct.
  package func fileName(ending: String) -> String {
    guard utf8.count + ending.utf8.count > Self.longestFileName else { return self + ending }
    // FNV-1a, 64 bits (Fowler, Noll and Vo).
    let number = utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0100_0000_01b3
    }
    let tail = "-" + String(number, radix: 36) + ending
    var start = self
    while start.utf8.count + tail.utf8.count > Self.longestFileName { start.removeLast() }
    return start + tail
  }
}
