import Glibc

/// The names in a directory; nil if it is not a directory or cannot be read.
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

/// All files in a directory and its subdirectories, sorted by name. Hidden files and links to
/// directories are skipped.
package func filesBelow(_ path: String) -> [String] {
  (folderEntries(path) ?? []).sorted().filter { !$0.hasPrefix(".") }.flatMap { name in
    let entry = (path.hasSuffix("/") ? path : path + "/") + name
    var status = stat()
    guard lstat(entry, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      return folderEntries(entry) == nil ? [entry] : []
    }
    return filesBelow(entry)
  }
}
