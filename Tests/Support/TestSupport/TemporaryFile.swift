import Foundation

/// A file that is deleted when the last reference to it goes.
public final class TemporaryFile {
  public let path = NSTemporaryDirectory() + "emenet-" + UUID().uuidString

  public init(_ bytes: [UInt8]) {
    let created = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    precondition(created, "the temporary folder is writable")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A folder that is deleted, including its contents, when the last reference to it goes.
public final class TemporaryFolder {
  public let path = NSTemporaryDirectory() + "emenet-" + UUID().uuidString

  public init() {
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
