import Glibc

/// The names in a folder; nil where it is no folder or cannot be read.
package func folderEntries(_ path: String) -> [String]? {
  guard let folder = opendir(path) else { return nil }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      names.append(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
    }
  }
  return names.filter { $0 != "." && $0 != ".." }
}
