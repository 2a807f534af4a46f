extension String {
  /// Whether this is a single file name. Names that come from files must pass this check before
  /// anything is written, so that none leads out of the output directory.
  package var isPathComponent: Bool {
    !isEmpty && self != "." && self != ".." && !utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
  }
}
