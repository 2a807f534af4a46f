/// Printed by `emenet --version`, and named in records as the version of the program that wrote
/// them.
enum Version {
  static let current = "0.1.0"
}
