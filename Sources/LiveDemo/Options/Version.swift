/// Printed by `emenet --version`, and named in records as the program that wrote them.
enum Version {
  static let current = "0.1.0"
}
