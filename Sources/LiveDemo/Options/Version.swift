/// What `emenet --version` says, and what records name as the program that wrote them.
enum Version {
  static let current = "0.1.0"
}
