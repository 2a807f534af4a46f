import Runtime

/// Keeps the memory of released frames for new ones of the same size. Memory use then stays
/// constant however full the queues are, and the system need not clear pages for every frame.
enum PixelPool {
  /// `@unchecked Sendable`: a free buffer has no other owner.
  private struct Free: @unchecked Sendable {
    var buffers: [UnsafeMutableRawBufferPointer] = []
  }

  /// Smaller images are not worth pooling.
  private static let smallest = 1 << 18
  /// The most that wait between source, pipeline and recorder.
  private static let capacity = 12
  private static let free = Locked(Free())

  /// nil if none of that size is free.
  static func take(_ byteCount: Int) -> UnsafeMutableRawBufferPointer? {
    guard byteCount >= smallest else { return nil }
    return free.withLock { free -> Free? in
      guard let index = free.buffers.lastIndex(where: { $0.count == byteCount }) else { return nil }
      return Free(buffers: [free.buffers.remove(at: index)])
    }?.buffers[0]
  }

  /// Returns false if the caller must deallocate the buffer.
  static func keep(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard buffer.count >= smallest else { return false }
    let returned = Free(buffers: [buffer])
    let oldest = free.withLock { free -> Free? in
      free.buffers += returned.buffers
      // The oldest goes first, so that frames of a new size replace those of the old one.
      return free.buffers.count > capacity ? Free(buffers: [free.buffers.removeFirst()]) : nil
    }
    oldest?.buffers[0].deallocate()
    return true
  }
}
