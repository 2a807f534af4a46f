import Glibc
import Runtime

/// A file of records, JSON lines or CSV, read from its beginning to its end in one pass.
package struct RecordFile {
  package enum Problem: Error, Equatable {
    case unreadable(path: String, errno: Int32)
    case notAFile(path: String)
    /// Neither JSON lines nor CSV of ours.
    case unknownFormat(path: String)
    case endlessLine(path: String, megabytes: Int)
    /// Not one frame with a time.
    case noFrames(path: String)
  }

  private enum Format {
    case json
    case csv(CSVTable)
  }

  package let path: String
  /// A record of 32 faces has a third of it.
  private static let longestLine = 1 << 20

  /// - Parameter path: "-" is standard input
  package init(path: String) {
    self.path = path
  }

  /// Calls `body` with each frame, which it may not keep without copying it.
  ///
  /// - Returns: lines that are damaged or cut off, which are left out
  package func read(_ body: (RecordedFrame) throws -> Void) throws -> Int {
    var frame = RecordedFrame()
    var format: Format?
    var (frames, damaged) = (0, 0)
    func take(_ frame: RecordedFrame) throws {
      frames += 1
      try body(frame)
    }
    try lines { line in
      if format == nil {
        if line.first == UInt8(ascii: "{") {
          format = .json
        } else if let table = CSVTable(header: line) {
          format = .csv(table)
          return
        } else {
          throw Problem.unknownFormat(path: path)
        }
      }
      guard case .csv(var table) = format.take() else {
        format = .json
        if JSONLine.read(line, into: &frame), frame.time.isFinite {
          try take(frame)
        } else {
          damaged += 1
        }
        return
      }
      defer { format = .csv(table) }
      if try !table.read(line, take) { damaged += 1 }
    }
    guard let format else { throw Problem.unknownFormat(path: path) }
    if case .csv(var table) = format { try table.flush(take) }
    guard frames > 0 else { throw Problem.noFrames(path: path) }
    return damaged
  }

  /// Every line without its end, empty ones left out.
  private func lines(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
    let descriptor = path == "-" ? dup(STDIN_FILENO) : retrying { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw Problem.unreadable(path: path, errno: errno) }
    defer { close(descriptor) }
    let capacity = Self.longestLine
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity)
    defer { buffer.deallocate() }
    let base = buffer.baseAddress!
    var filled = 0
    while true {
      let count = Glibc.read(descriptor, base + filled, capacity - filled)
      if count < 0 {
        if errno == EINTR { continue }
        throw errno == EISDIR
          ? Problem.notAFile(path: path) : .unreadable(path: path, errno: errno)
      }
      let end = filled + count
      var start = 0
      while start < end, let newline = memchr(base + start, 0x0A, end - start) {
        let length = newline - UnsafeMutableRawPointer(base + start)
        try handOver(UnsafeBufferPointer(start: base + start, count: length), body)
        start += length + 1
      }
      filled = end - start
      if count == 0 {
        return try handOver(UnsafeBufferPointer(start: base + start, count: filled), body)
      }
      if start > 0 { memmove(base, base + start, filled) }
      guard filled < capacity else {
        throw Problem.endlessLine(path: path, megabytes: capacity >> 20)
      }
    }
  }

  private func handOver(
    _ line: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    let isCRLF = line.last == 0x0D
    let line = isCRLF ? UnsafeBufferPointer(rebasing: line.dropLast()) : line
    if !line.isEmpty { try body(line) }
  }
}
