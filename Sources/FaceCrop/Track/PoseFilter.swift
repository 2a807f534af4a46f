import Imaging

/// Steadies the place of a crop: a One Euro filter (Casiez, Roussel and Vogel 2012) on the four
/// numbers of its transform. At rest it averages out the landmarks' noise; in motion it follows.
struct PoseFilter {
  /// Hz, at rest
  static let restingCutoff: Float = 1.5
  /// Hz added for each crop width per second
  static let cutoffPerSpeed: Float = 25
  /// Hz, for the filter of the speed itself
  static let speedCutoff: Float = 2

  /// Scale and rotation as a complex number (px of the frame per px of the crop), and the place of
  /// the crop's centre in px of the frame.
  private var value: SIMD4<Float>
  /// Speed of `value`'s parts, crop widths per second.
  private var speed = SIMD4<Float>.zero
  private var time: Double

  init(_ cropToFrame: SimilarityTransform, time: Double) {
    value = Self.numbers(cropToFrame)
    self.time = time
  }

  /// Takes in the transform measured at `time` and returns the filtered one.
  mutating func update(_ cropToFrame: SimilarityTransform, time now: Double) -> SimilarityTransform
  {
    let elapsed = Float(now - time)
    // Two frames with the same time, or a clock that ran backwards: nothing to filter over.
    guard elapsed > 0 else {
      self = PoseFilter(cropToFrame, time: now)
      return cropToFrame
    }
    time = now
    // A rotation or a change of scale moves the crop's edge by half a side.
    let half = Float(AlignedCrop.side) / 2
    let width = cropToFrame.scale * Float(AlignedCrop.side)
    let change = Self.numbers(cropToFrame) - value
    let moved = change * SIMD4(half, half, 1, 1) / width / elapsed
    speed += (moved - speed) * Self.share(SIMD4(repeating: Self.speedCutoff), elapsed)
    let cutoff = Self.restingCutoff + Self.cutoffPerSpeed * pointwiseMax(speed, -speed)
    value += change * Self.share(cutoff, elapsed)
    return transform
  }

  private var transform: SimilarityTransform {
    let middle = Float(AlignedCrop.side) / 2
    let (a, b) = (value.x, value.y)
    return SimilarityTransform(
      a: a, b: b, tx: value.z - (a - b) * middle, ty: value.w - (b + a) * middle)
  }

  private static func numbers(_ transform: SimilarityTransform) -> SIMD4<Float> {
    let middle = transform(Point(repeating: Float(AlignedCrop.side) / 2))
    return SIMD4(transform.a, transform.b, middle.x, middle.y)
  }

  /// The fraction of the way to a new value that a low-pass filter covers in `elapsed` seconds.
  private static func share(_ cutoff: SIMD4<Float>, _ elapsed: Float) -> SIMD4<Float> {
    let turn = 2 * Float.pi * elapsed * cutoff
    return turn / (turn + 1)
  }
}
