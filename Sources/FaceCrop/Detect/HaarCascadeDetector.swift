import Imaging

/// Finds faces with OpenCV's frontal cascade, as Debian's package opencv-data ships it (Intel
/// licence, BSD-like, in the file).
public struct HaarCascadeDetector: FaceDetector {
  public static let installedCascade =
    "/usr/share/opencv4/haarcascades/haarcascade_frontalface_alt2.xml"

  private let cascade: HaarCascade

  public init(cascade path: String = installedCascade) throws(CascadeError) {
    cascade = try HaarCascade.read(path)
  }

  public func detect(in image: Image) -> [Detection] {
    let reduction = max(1, min(image.width, image.height) / 180)
    guard let luma = LumaImage(image, reduction: reduction) else { return [] }
    let windows = scan(luma, scaleStep: 1.15, step: 2)
    let scale = Float(reduction)
    return group(windows, neighbors: 3).map { window, count in
      Detection(
        box: Rect(
          x: window.x * scale, y: window.y * scale, width: window.width * scale,
          height: window.height * scale),
        score: Float(count))
    }.sorted { $0.score > $1.score }
  }

  /// Every window that passes, px of `image`.
  func scan(_ image: LumaImage, scaleStep: Float, step: Int) -> [Rect] {
    let stride = image.width + 1
    let scanner = CascadeScanner(cascade, stride: stride)
    var windows: [Rect] = []
    // Vectors read up to seven sums behind the last.
    let capacity = (image.height + 1) * stride + 8
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * capacity) { memory in
      memory.initialize(repeating: 0)
      var octave: LumaImage? = image
      var octaveScale: Float = 1
      var scale: Float = 1
      while let source = octave {
        if scale >= 2 * octaveScale {
          octave = source.halved()
          octaveScale *= 2
          continue
        }
        let (width, height) = (
          Int(Float(image.width) / scale), Int(Float(image.height) / scale)
        )
        guard width >= cascade.width, height >= cascade.height else { break }
        let level =
          scale == octaveScale
          ? source : source.resized(width: width, height: height, step: scale / octaveScale)
        let sums = IntegralImage(
          level, stride: stride, sums: memory.baseAddress!,
          squares: memory.baseAddress! + capacity)
        scanner.scan(sums, step: step) { x, y, _ in
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
