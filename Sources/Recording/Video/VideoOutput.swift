import CFFmpeg
import Glibc
import Runtime

/// Output for libavformat: an ``OutputFile`` that reserves room for the end of the video.
final class VideoOutput {
  let file: OutputFile
  /// For `AVFormatContext.pb`.
  private(set) var io: UnsafeMutablePointer<AVIOContext>?
  private var position = 0
  private(set) var size = 0
  /// errno of the first system call that failed.
  private(set) var code: Int32?
  private var headroom: Headroom

  private static let bufferSize = 1 << 16

  init(_ file: OutputFile) {
    self.file = file
    headroom = Headroom(descriptor: file.descriptor)
    io = avio_alloc_context(
      av_malloc(Self.bufferSize)?.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferSize), 1,
      Unmanaged.passUnretained(self).toOpaque(), nil,
      { opaque, bytes, count in
        Unmanaged<VideoOutput>.fromOpaque(opaque!).takeUnretainedValue().write(bytes!, Int(count))
      },
      file.isRegular
        ? { opaque, offset, whence in
          Unmanaged<VideoOutput>.fromOpaque(opaque!).takeUnretainedValue().seek(offset, whence)
        } : nil)
    precondition(io != nil, "memory for an output buffer")
  }

  deinit { close() }

  /// Returns nil if `count` more bytes, plus `reserve` bytes to complete the file, fit on the disk.
  func lacksRoom(for count: Int, reserve: Int) -> OutputError? {
    guard file.isRegular,
      let code = headroom.reserve(size + count + reserve + Self.bufferSize)
    else { return nil }
    return .full(path: file.path, code: code)
  }

  func close() {
    guard io != nil else { return }
    av_freep(&io!.pointee.buffer)
    avio_context_free(&io)
    headroom.release()
    file.close()
  }

  private func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    var done = 0
    while done < count {
      let result = Glibc.write(file.descriptor, bytes + done, count - done)
      if result < 0 {
        let failure = errno
        if failure == EINTR { continue }
        code = code ?? failure
        return emenet_averror(failure)
      }
      done += result
    }
    position += count
    size = max(size, position)
    return Int32(count)
  }

  private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
    if whence & AVSEEK_SIZE != 0 { return Int64(size) }
    let result = lseek(file.descriptor, Int(offset), whence & ~AVSEEK_FORCE)
    guard result >= 0 else { return Int64(emenet_averror(errno)) }
    position = result
    return Int64(result)
  }
}
