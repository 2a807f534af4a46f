/// The sound track of a video file, or a sound file, decoded on demand: memory does not grow with
/// its length.
public final class SoundFile: SoundReader {
  private let path: String
  /// nil if the file could not be reopened.
  private var decoder: SoundDecoder?
  private let ring = SampleRing(capacity: 1 << 17)
  private var hasEnded = false
  private var damagedBefore = 0

  public let origin: Double
  public let format: SoundFormat
  /// Whether it is a video's sound track, whose times are on the video's clock.
  public let hasPictures: Bool

  public init(path: String) throws(MediaFileError) {
    self.path = path
    let decoder = try SoundDecoder(path: path)
    self.decoder = decoder
    origin = decoder.origin
    format = decoder.format
    hasPictures = decoder.hasPictures
  }

  /// Packets that could not be decoded, replaced by silence.
  public var damaged: Int { max(damagedBefore, decoder?.damaged ?? 0) }

  public func available(upTo end: Int) -> Int {
    while !hasEnded, ring.end < end {
      if let block = decoder?.next() { ring.append(block) } else { hasEnded = true }
    }
    return min(ring.end, end)
  }

  /// Reads from any position; positions before the last 8 s that were read restart decoding from
  /// the beginning.
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
