import Foundation

/// A file system in memory, unmounted with this value.
package final class SmallDisk {
  package let path: String

  package static let isAvailable: Bool = (try? SmallDisk(kilobytes: 64)) != nil

  package init(kilobytes: Int) throws {
    var template = Array("/tmp/emenet-disk-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template)!)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      rmdir(path)
      throw CocoaError(.fileWriteNoPermission)
    }
  }

  deinit {
    umount2(path, 2)
    rmdir(path)
  }
}
