import Imaging

/// Finds faces with OpenCV's frontal cascade, as Debian's package opencv-data ships it (Intel
/// licence, BSD-like, in the file).
///
/// The cascade knows upright faces, give or take 20 degrees; other looks turn the picture first.
public struct HaarCascadeDetector: FaceDetector {
  public static let installedCascade =
    "/usr/share/opencv4/haarcascades/haarcascade_frontalface_alt2.xml"

  private let cascade: HaarCascade

  private struct Look {
    /// Radians that the faces are turned by.
    var rotation: Float
    /// px of the picture's shorter edge that are kept, about; 20 px is the smallest face then.
    var resolution: Int
  }

  private static let parts = [
    Look(rotation: 0, resolution: 180),
    Look(rotation: -.pi / 6, resolution: 135), Look(rotation: .pi / 6, resolution: 135),
    Look(rotation: 0, resolution: 480),
    Look(rotation: -.pi / 3.6, resolution: 135), Look(rotation: .pi / 3.6, resolution: 135),
    Look(rotation: -.pi / 2, resolution: 135), Look(rotation: .pi / 2, resolution: 135),
    Look(rotation: .pi, resolution: 135),
  ]

  public init(cascade path: String = installedCascade) throws(CascadeError) {
    cascade = try HaarCascade.read(path)
  }

  public var looks: Int { Self.parts.count }

  public func detect(in image: Image, look: Int) -> [Detection] {
    let part = Self.parts[look]
    let reduction = max(1, min(image.width, image.height) / part.resolution)
    guard let luma = LumaImage(image, reduction: reduction) else { return [] }
    let (upright, toLuma) =
      part.rotation == 0 ? (luma, .identity) : luma.turned(by: -part.rotation)
    let scale = Float(reduction)
    return group(scan(upright), neighbors: 3).map { window, count in
      let center = toLuma(window.center) * scale
      let size = Point(window.width, window.height) * scale
      return Detection(
        box: Rect(
          x: center.x - size.x / 2, y: center.y - size.y / 2, width: size.x, height: size.y),
        score: Float(count), rotation: part.rotation)
    }.sorted { $0.score > $1.score }
  }

  /// Every window that passes, px of `image`.
  ///
  /// - Parameters:
  ///   - scaleStep: from one size of windows to the next
  ///   - step: px of a level from one row of windows to the next
  func scan(_ image: LumaImage, scaleStep: Float = 1.15, step: Int = 2) -> [Rect] {
    let stride = image.width + 1
    let scanner = CascadeScanner(cascade, stride: stride)
    var windows: [Rect] = []
    // Vectors read up to seven sums behind the last.
    let capacity = (image.height + 1) * stride + 8
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * capacity) { memory in
      memory.initialize(repeating: 0)
      var octave = image
      var octaveScale: Float = 1
      var scale: Float = 1
      while true {
        let (width, height) = (Int(Float(image.width) / scale), Int(Float(image.height) / scale))
        guard width >= cascade.width, height >= cascade.height else { break }
        while scale >= 2 * octaveScale, let half = octave.halved() {
          octave = half
          octaveScale *= 2
        }
        let level =
          scale == octaveScale
          ? octave : octave.resized(width: width, height: height, step: scale / octaveScale)
        let sums = IntegralImage(
          level, stride: stride, sums: memory.baseAddress!,
          squares: memory.baseAddress! + capacity)
        scanner.scan(sums, step: step) { x, y in
          windows.append(
            Rect(
              x: Float(x) * scale, y: Float(y) * scale, width: Float(cascade.width) * scale,
              height: Float(cascade.height) * scale))
        }
        scale *= scaleStep
      }
    }
    return windows
  }
}
