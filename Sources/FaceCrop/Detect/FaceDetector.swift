import Glibc
import Imaging
import Layers

/// Finds faces in a picture without prior knowledge. It may be wrong: ``FaceTracker`` decides.
public protocol FaceDetector: AnyObject, Sendable {
  /// Adds the faces that one look sees, the most certain first.
  func detect(in image: Image, look: Look, into found: inout [Detection])
}

extension FaceDetector {
  public func detect(in image: Image, look: Look) -> [Detection] {
    var found: [Detection] = []
    detect(in: image, look: look, into: &found)
    return found
  }
}

/// YuNet at the sizes that looks ask for. After it has looked at a picture of some size, further
/// looks at pictures of that size allocate none of their maps.
///
/// `@unchecked Sendable`: it is handed to the pipeline, whose thread is the only one that uses it.
public final class YuNetDetector: FaceDetector, @unchecked Sendable {
  /// Below this score no proof could turn a detection into a face.
  static let scoreLimit: Float = 0.3
  private static let overlapLimit: Float = 0.3

  private let network: YuNet
  private var workspaces: [MapSize: YuNet.Workspace] = [:]
  private var sampler: Sampler
  private var list = DetectionList(capacity: 128)

  /// - Parameter precision: one that `kernels` support
  public init(
    _ checkpoint: Checkpoint, kernels: KernelSet = .fastest, precision: Precision = .f32
  ) throws(CheckpointError) {
    network = try YuNet(checkpoint, kernels: kernels, precision: precision)
    sampler = Sampler(kernels)
  }

  public func detect(in image: Image, look: Look, into found: inout [Detection]) {
    guard let geometry = look.geometry(width: image.width, height: image.height) else { return }
    let work = workspace(geometry.size)
    sampler.look(at: image, geometry.lookToFrame, width: geometry.size.width) { rows in
      network.forward(rows, work)
    }
    list.removeAll()
    decode(work, geometry)
    list.suppress(overlapping: Self.overlapLimit)
    found.append(contentsOf: list.detections)
  }

  private func workspace(_ size: MapSize) -> YuNet.Workspace {
    if let work = workspaces[size] { return work }
    let work = YuNet.Workspace(size)
    // If pictures of many sizes come one after another, their workspaces need not be kept.
    if workspaces.count >= 12 { workspaces.removeAll() }
    workspaces[size] = work
    return work
  }

  /// Reads the heads' values: score = sqrt(class * object); centre, logarithm of the size and
  /// points in cells from the cell's corner.
  private func decode(_ work: YuNet.Workspace, _ geometry: Look.Geometry) {
    let scale = geometry.lookToFrame.scale
    // The class is at most 1, so the object alone rules out most cells.
    let objectLimit = logit(Self.scoreLimit * Self.scoreLimit)
    for level in 0..<3 {
      let stride = YuNet.strides[level]
      let columns = geometry.size.width / stride
      let values = work.values[level]
      for cell in 0..<columns * (geometry.size.height / stride) {
        let value = values + cell * YuNet.values
        guard value[1] > objectLimit else { continue }
        let score = (logistic(value[0]) * logistic(value[1])).squareRoot()
        guard score > Self.scoreLimit else { continue }
        let corner = Point(Float(cell % columns), Float(cell / columns))
        func place(_ index: Int) -> Point {
          geometry.lookToFrame((corner + Point(value[index], value[index + 1])) * Float(stride))
        }
        let center = place(2)
        let half = Point(exp(value[4]), exp(value[5])) * Float(stride) * scale / 2
        guard half.x.isFinite, half.y.isFinite else { continue }
        list.insert(
          Detection(
            box: Rect(
              x: center.x - half.x, y: center.y - half.y, width: 2 * half.x, height: 2 * half.y),
            score: score,
            points: FacePoints(
              leftEye: place(6), rightEye: place(8), nose: place(10), leftMouth: place(12),
              rightMouth: place(14)),
            lookRotation: geometry.rotation))
      }
    }
  }
}

private func logistic(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
private func logit(_ p: Float) -> Float { log(p / (1 - p)) }
