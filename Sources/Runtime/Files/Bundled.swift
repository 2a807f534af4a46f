import Glibc

/// Path of a file or directory that comes with the program: next to it, above it, or where a
/// package installs it.
package func bundled(_ name: String) throws(Failure) -> String {
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
  var folder = String(
    decoding: buffer.prefix(max(0, length)).map(UInt8.init(truncatingIfNeeded:)), as: UTF8.self)
  while let slash = folder.lastIndex(of: "/") {
    folder = String(folder[..<slash])
    for path in ["\(folder)/\(name)", "\(folder)/share/emenet/\(name)"]
    where access(path, R_OK) == 0 {
      return path
    }
  }
  throw Failure(
    name, "not found beside the program", do: "name it with an option", exitCode: .badCheckpoint)
}
