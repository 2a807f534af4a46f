import Runtime

/// Memory of frames that are gone, kept for the next of their size: what a program uses then stays
/// the same however full its queues are, and the system need not clear pages for every frame.
enum PixelPool {
  /// `@unchecked Sendable`: what is free has no other owner.
  private struct Free: @unchecked Sendable {
    var buffers: [UnsafeMutableRawBufferPointer] = []
  }

  /// Smaller pictures are not worth it.
  private static let smallest = 1 << 18
  /// As many as wait between source, pipeline and recorder.
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

  /// False where the owner is to deallocate it.
  static func keep(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard buffer.count >= smallest else { return false }
    let returned = Free(buffers: [buffer])
    let oldest = free.withLock { free -> Free? in
      free.buffers += returned.buffers
      // The oldest goes, so that frames of a new size drive the old ones out.
      return free.buffers.count > capacity ? Free(buffers: [free.buffers.removeFirst()]) : nil
    }
    oldest?.buffers[0].deallocate()
    return true
  }
}
