import Imaging
import Reading

/// Contours of the face through the 68 landmarks (iBUG 300-W order).
enum LandmarkContour {
  static let open: [ClosedRange<Int>] = [0...16, 17...21, 22...26, 27...30, 31...35]
  static let closed: [ClosedRange<Int>] = [36...41, 42...47, 48...59, 60...67]
}

extension Pen {
  /// Draws box, contours and landmarks of one face. `scale` is in user space units per px of a
  /// small frame.
  package func overlay(_ face: FaceReading, color: Color, scale: Double) {
    guard face.box.isDrawable else { return }
    stroke(face.box, color, width: 1.5 * scale)
    guard let bounds = Rect(around: face.landmarks), bounds.isDrawable,
      face.landmarks.count == 68
    else { return }
    let contour = color.opacity(0.55)
    for range in LandmarkContour.open {
      line(Array(face.landmarks[range]), contour, width: scale)
    }
    for range in LandmarkContour.closed {
      line(Array(face.landmarks[range]), contour, width: scale, closed: true)
    }
    dots(face.landmarks, radius: 1.6 * scale, Palette.dark[.landmark])
  }

  /// Draws a label with `text` on the top edge of `box`, kept within `bounds`.
  package func plate(_ text: String, on box: Rect, inside bounds: Rect, color: Color, scale: Double)
  {
    guard box.isDrawable else { return }
    let size = 12 * scale
    let textWidth = width(of: text, size: size, weight: .bold)
    let plate = Rect(x: 0, y: 0, width: Float(textWidth + 10 * scale), height: Float(17 * scale))
    let right = bounds.x + bounds.width - plate.width
    let bottom = bounds.y + bounds.height - plate.height
    var place = plate
    place.x = max(bounds.x, min(right, box.x))
    place.y = max(bounds.y, min(bottom, box.y - plate.height))
    fill(place, color)
    self.text(
      text, Double(place.x) + 5 * scale, Double(place.y) + 12.7 * scale, size: size,
      Palette.dark[.plate], weight: .bold)
  }
}

extension Rect {
  /// True if it fits into Cairo's 24.8 fixed-point numbers.
  fileprivate var isDrawable: Bool {
    [x, y, width, height].allSatisfy { $0.isFinite && abs($0) < 1e5 }
  }
}
