import CFFmpeg
import Glibc
import Runtime

/// A byte stream from standard input or a FIFO, which libavformat reads in order without seeking.
/// Not thread-safe.
final class StreamInput {
  /// Stands for standard input instead of a file name.
  static let standardInput = "-"

  private(set) var context: UnsafeMutablePointer<AVIOContext>?
  private let descriptor: Int32
  private let stopSignal: Event

  /// nil for a regular file, which supports seeking, even as standard input. A FIFO need not have a
  /// writer yet.
  ///
  /// - Parameter stopSignal: ends a blocked read, and with it the stream
  init?(_ path: String, _ stopSignal: Event) throws(MediaFileError) {
    self.stopSignal = stopSignal
    var status = stat()
    if path == Self.standardInput {
      guard isatty(STDIN_FILENO) == 0 else { throw .terminal }
      guard fstat(STDIN_FILENO, &status) == 0, status.st_mode & S_IFMT != S_IFREG else {
        return nil
      }
      descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
    } else {
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return nil }
      // Does not block if there is no writer yet; `poll` waits for the first bytes.
      descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    }
    guard descriptor >= 0 else { throw .unreadable(path: path, errno: errno) }
    let capacity = 1 << 16
    context = avio_alloc_context(
      av_malloc(capacity)?.assumingMemoryBound(to: UInt8.self), Int32(capacity), 0,
      Unmanaged.passUnretained(self).toOpaque(),
      { input, buffer, size in
        Unmanaged<StreamInput>.fromOpaque(input!).takeUnretainedValue().read(buffer!, size)
      }, nil, nil)
    context?.pointee.seekable = 0
  }

  deinit {
    if context != nil { av_freep(&context!.pointee.buffer) }
    avio_context_free(&context)
    close(descriptor)
  }

  private func read(_ buffer: UnsafeMutablePointer<UInt8>, _ size: Int32) -> Int32 {
    while true {
      var requests = [
        pollfd(descriptor: descriptor), pollfd(descriptor: stopSignal.descriptor),
      ]
      guard poll(&requests, 2, -1) >= 0 else {
        if errno == EINTR { continue }
        return emenet_averror(errno)
      }
      if requests[1].revents != 0 { return emenet_averror_eof }
      let count = Glibc.read(descriptor, buffer, Int(size))
      if count > 0 { return Int32(count) }
      if count == 0 { return emenet_averror_eof }
      guard errno == EINTR || errno == EAGAIN else { return emenet_averror(errno) }
    }
  }
}
