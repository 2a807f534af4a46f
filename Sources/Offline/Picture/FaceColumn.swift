import Imaging
import Inference
import Reading
import Theme

/// The left side of the picture: title, face with landmarks, valence-arousal plane, legend.
struct FaceColumn {
  let palette: Palette

  private static let photo = Rect(x: 32, y: 64, width: 480, height: 480)
  private static let plane = Rect(x: 56, y: 588, width: 190, height: 190)

  func draw(_ face: FaceReading, of image: Image, title: String, _ pen: Pen) {
    drawTitle(face.emotion.expression, of: title, pen)
    let region = image.region(around: face.box)
    let part = image.cropped(to: region)
    let (place, scale) = draw(part, pen)
    pen.saved {
      pen.clip(place)
      pen.translate(Double(place.x), Double(place.y))
      pen.scale(Double(scale))
      pen.translate(-Double(region.x), -Double(region.y))
      pen.overlay(face, color: Palette.face(face.id), scale: 1.5 / Double(scale))
    }
    drawPlane(face.emotion, pen)
    drawLegend(pen)
  }

  func drawWithoutFace(_ image: Image, title: String, _ pen: Pen) {
    pen.text(title, Double(Self.photo.x), 44, size: 18, palette.text, weight: .bold)
    _ = draw(image, pen)
    pen.text("No face found", 570, 310, size: 28, palette.text, weight: .bold)
  }

  /// The winner comes first. The file's name goes to the right, shortened to fit.
  private func drawTitle(_ expression: ExpressionEstimate, of title: String, _ pen: Pen) {
    let probability = expression.probabilities[expression.label.rawValue]
    let winner = "\(expression.label.name) \(fixed2(probability))"
    pen.text(winner, Double(Self.photo.x), 44, size: 24, palette.text, weight: .bold)
    let room = Double(Self.photo.width) - 24 - pen.width(of: winner, size: 24, weight: .bold)
    var name = title
    while pen.width(of: name, size: 13) > room, name.count > 1 {
      name = "…" + name.dropFirst(name.hasPrefix("…") ? 2 : 1)
    }
    pen.text(
      name, Double(Self.photo.x + Self.photo.width), 44, size: 13, palette.faintText, align: .right)
  }

  /// Returns where `image` was drawn, and the scale: lengths per px.
  private func draw(_ image: Image, _ pen: Pen) -> (Rect, Float) {
    let photo = Self.photo
    let scale = min(photo.width / Float(image.width), photo.height / Float(image.height))
    let size = (width: Float(image.width) * scale, height: Float(image.height) * scale)
    let place = Rect(
      x: photo.center.x - size.width / 2, y: photo.center.y - size.height / 2,
      width: size.width, height: size.height)
    pen.draw(image, in: place)
    return (place, scale)
  }

  private func drawPlane(_ emotion: Emotion, _ pen: Pen) {
    let plane = Self.plane
    let (center, radius) = (plane.center, plane.width / 2)
    pen.fill(plane, palette.track)
    pen.line(
      [Point(plane.x, center.y), Point(plane.x + plane.width, center.y)], palette.line, width: 1)
    pen.line(
      [Point(center.x, plane.y), Point(center.x, plane.y + plane.height)], palette.line, width: 1)
    pen.ring(center, radius: Double(radius), palette.line, width: 1)
    let middle = (x: Double(center.x), y: Double(center.y))
    let edge = Double(radius)
    pen.text(
      "arousal +1", middle.x, middle.y - edge - 7, size: 12, palette.faintText, align: .center)
    pen.text("−1", middle.x, middle.y + edge + 15, size: 12, palette.faintText, align: .center)
    pen.text("−1", middle.x - edge - 6, middle.y + 4, size: 12, palette.faintText, align: .right)
    pen.text("valence +1", middle.x + edge + 6, middle.y + 4, size: 12, palette.faintText)
    let (valence, arousal) = (emotion.valence.value, emotion.arousal.value)
    guard valence.isFinite, arousal.isFinite else { return }
    let point =
      center + Point(max(-1, min(1, valence)), -max(-1, min(1, arousal))) * radius
    pen.line([center, point], palette.strongBar, width: 2)
    pen.dots([point], radius: 7, palette.strongBar)
    pen.ring(point, radius: 7, palette.text, width: 1.5)
  }

  private func drawLegend(_ pen: Pen) {
    let swatch = Rect(x: 350, y: 594, width: 34, height: 14)
    let rows: [(String, String)] = [
      ("aleatoric", "the picture leaves it open"), ("epistemic", "the members disagree"),
      ("estimate", "bold: winner, active unit"),
    ]
    for (index, (name, meaning)) in rows.enumerated() {
      var place = swatch
      place.y += Float(index) * 52
      switch index {
      case 0: pen.uncertaintyBar(Uncertainty(aleatoric: 1, epistemic: 0), in: place, palette)
      case 1: pen.uncertaintyBar(Uncertainty(aleatoric: 0, epistemic: 1), in: place, palette)
      default: pen.fill(place, palette.strongBar)
      }
      let baseline = Double(place.y) + 12
      pen.text(name, 394, baseline, size: 14, palette.text, weight: .bold)
      pen.text(meaning, 350, baseline + 19, size: 12, palette.faintText)
    }
  }
}

extension Image {
  /// A whole-px square around a face with room for the head, moved and cut to fit the picture.
  func region(around box: Rect) -> Rect {
    let whole = Rect(x: 0, y: 0, width: Float(width), height: Float(height))
    guard [box.x, box.y, box.width, box.height].allSatisfy({ $0.isFinite && abs($0) < 1e6 }) else {
      return whole
    }
    let side = max(16, 1.7 * max(box.width, box.height))
    let size = (width: min(side, whole.width).rounded(), height: min(side, whole.height).rounded())
    return Rect(
      x: max(0, min(whole.width - size.width, box.center.x - size.width / 2)).rounded(.down),
      y: max(0, min(whole.height - size.height, box.center.y - size.height / 2)).rounded(.down),
      width: size.width, height: size.height)
  }

  /// `region`: whole px inside `image`.
  package func cropped(to region: Rect) -> Image {
    let (x, y) = (Int(region.x), Int(region.y))
    var part = Image(width: Int(region.width), height: Int(region.height))
    let stride = part.bytesPerRow
    part.withUnsafeMutableBytes { target in
      withUnsafeBytes { source in
        for row in 0..<Int(region.height) {
          let from = (y + row) * bytesPerRow + x * 4
          UnsafeMutableRawBufferPointer(rebasing: target[(row * stride)...]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: source[from..<from + Int(region.width) * 4]))
        }
      }
    }
    return part
  }
}
