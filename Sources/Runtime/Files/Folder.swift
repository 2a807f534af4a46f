import Glibc

/// The names in a folder; nil if it is not a folder or cannot be read.
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

/// The files in a folder and in the folders below it, in order of their names. Hidden ones are left
/// out.
///
/// - Parameters:
///   - throughLinks: follows links to folders
///   - levels: of folders, this one included
package func filesBelow(
  _ path: String, throughLinks: Bool = false, levels: Int = .max
) -> [String] {
  (folderEntries(path) ?? []).sorted().filter { !$0.hasPrefix(".") }.flatMap { name in
    let entry = (path.hasSuffix("/") ? path : path + "/") + name
    var status = stat()
    if lstat(entry, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR {
      guard folderEntries(entry) != nil else { return [entry] }
      guard throughLinks else { return [] }
    }
    return levels > 1 ? filesBelow(entry, throughLinks: throughLinks, levels: levels - 1) : []
  }
}
