import Capture
import Glibc

/// The kind of file that a word on the command line names.
package enum FileNature: Equatable, Sendable {
  case absent, folder, picture, checkpoint
  /// A video, a pipe, or something unknown: opening it will tell.
  case other

  package init(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = path == "-" || path.contains("://") ? .other : .absent
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: self = .folder
    case S_IFREG where PictureFile.isPicture(path): self = .picture
    case S_IFREG where CheckpointStore.isFile(path): self = .checkpoint
    default: self = .other
    }
  }
}
