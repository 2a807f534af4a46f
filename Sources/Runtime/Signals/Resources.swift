import Glibc

/// What a run needs of the system beside files. Asked for before it begins: in the middle of one,
/// what is missing ends it (see `Allocation`).
package enum Resources {
  /// A session's files, pipes and sockets, and those of the Swift runtime, which crashes without.
  private static let descriptors = 32

  /// Takes the descriptors all at once and gives them back.
  package static func checkDescriptors() throws(Failure) {
    var open: [Int32] = []
    defer { for descriptor in open { close(descriptor) } }
    for _ in 0..<descriptors {
      let descriptor = dup(STDERR_FILENO)
      guard descriptor >= 0 else {
        throw Failure(
          "files", "\(descriptors) cannot be open at once: \(errnoText(errno))",
          do: "raise the limit (ulimit -n)", exitCode: .nothingDone)
      }
      open.append(descriptor)
    }
  }

  /// Takes the memory all at once and gives it back.
  ///
  /// - Parameter bytes: of address space
  package static func checkMemory(bytes: Int) throws(Failure) {
    let memory = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let memory, memory != MAP_FAILED else {
      throw Failure(
        "memory", "\(bytes >> 20) MiB cannot be allocated: \(errnoText(errno))",
        do: "end other programs or raise the limit (ulimit -v)", exitCode: .nothingDone)
    }
    munmap(memory, bytes)
  }
}

/// For required memory of our own: ends the process in the way the allocator does for the Swift
/// runtime. Allocates nothing.
package func endForWantOfMemory() -> Never {
  // The allocator's own failure prints the message and ends the process.
  _ = UnsafeMutableRawPointer.allocate(byteCount: Int.max >> 1, alignment: 16)
  _exit(ExitCode.nothingDone.rawValue)
}

extension Failure {
  /// The system has no more threads or descriptors; `code` is the errno.
  static func exhausted(_ what: String, _ code: Int32, limit: String) -> Failure {
    Failure(
      what, errnoText(code), do: "end other programs or raise the limit (\(limit))",
      exitCode: .nothingDone)
  }

  /// Ends the process after restoring the terminal.
  func end() -> Never {
    CrashRescue.restore()
    printError(line)
    _exit(exitCode.rawValue)
  }
}
