extension String {
  /// Whether this is the name of one file in one folder. Names that come out of files are held
  /// against this before anything is written, so that none leads out of the output folder.
  package var isPathComponent: Bool {
    !isEmpty && self != "." && self != ".." && !utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
  }
}
