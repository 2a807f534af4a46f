/// The sound track of a video file, or a sound file, decoded as far as it is asked for: memory does
/// not grow with its length.
public final class SoundFile: SoundReader {
  private let path: String
  /// nil when the file could not be opened again.
  private var decoder: SoundDecoder?
  private let ring = SampleRing(capacity: 1 << 17)
  private var hasEnded = false
  private var damagedBefore = 0

  public let origin: Double
  public let format: SoundFormat
  /// It is the track of a video, whose clock its times are on.
  public let hasPictures: Bool

  public init(path: String) throws(MediaFileError) {
    self.path = path
    let decoder = try SoundDecoder(path: path)
    self.decoder = decoder
    origin = decoder.origin
    format = decoder.format
    hasPictures = decoder.hasPictures
  }

  /// Packets that could not be decoded; silence stands for them.
  public var damaged: Int { max(damagedBefore, decoder?.damaged ?? 0) }

  public func available(upTo end: Int) -> Int {
    while !hasEnded, ring.end < end {
      if let block = decoder?.next() { ring.append(block) } else { hasEnded = true }
    }
    return min(ring.end, end)
  }

  /// Any position; one before the last 8 s that were read starts at the beginning again.
  public func read(from first: Int, into samples: UnsafeMutableBufferPointer<Float>) {
    if max(0, first) < ring.start { rewind() }
    _ = available(upTo: first + samples.count)
    ring.read(from: first, into: samples)
  }

  private func rewind() {
    damagedBefore = damaged
    decoder = try? SoundDecoder(path: path)
    ring.clear()
    hasEnded = false
  }
}
