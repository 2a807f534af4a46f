import Glibc

/// Checks system limits before a run starts, because the runtime crashes if it gets no memory
/// during one. (Threads are checked before `main`: see `Allocation`.)
package enum Resources {
  private static let descriptors = 12

  /// Allocates everything at once and releases it.
  ///
  /// - Parameter bytes: of address space
  package static func check(bytes: Int) throws(Failure) {
    try checkDescriptors()
    let memory = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let memory, memory != MAP_FAILED else {
      throw Failure(
        "memory", "\(bytes >> 20) MiB cannot be had: \(errnoText(errno))",
        do: "end other programs or raise the limit (ulimit -v)", exitCode: .nothingDone)
    }
    munmap(memory, bytes)
  }

  private static func checkDescriptors() throws(Failure) {
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
