import Glibc
import Imaging
import Inference
import Reading
import Theme

/// Draws readings as pictures of one size: the frame with its faces and, to the right, the bars of
/// the leading face.
package struct Annotator {
  package let layout: AnnotationLayout
  /// The last picture drawn; its memory is reused for the next.
  package private(set) var canvas: Image

  private let palette: Palette
  private let panel: EmotionPanel
  /// The panel without a reading: (canvas height, panel width).
  private let ground: Image
  /// Valence and arousal over the last few seconds, by face.
  private var trails: [Int: [(time: Double, point: Point)]] = [:]

  private static let trailSeconds = 3.0

  /// The last marker, and when it was first drawn.
  private var marked: (marker: Marker, time: Double)?
  private static let markerSeconds = 2.0

  package init(frameWidth: Int, frameHeight: Int, palette: Palette = .dark) {
    let layout = AnnotationLayout(frameWidth: frameWidth, frameHeight: frameHeight)
    let panel = EmotionPanel(palette: palette)
    self.layout = layout
    self.palette = palette
    self.panel = panel
    let panelWidth = layout.width - layout.panelX
    var ground = Image(width: panelWidth, height: layout.height)
    Pen.draw(on: &ground) { pen in
      pen.fill(
        Rect(x: 0, y: 0, width: Float(panelWidth), height: Float(layout.height)),
        palette.background)
      pen.scale(layout.panelScale)
      panel.drawGround(pen)
    }
    self.ground = ground
    var canvas = Image(width: layout.width, height: layout.height)
    canvas.withUnsafeMutableBytes { _ = memset($0.baseAddress!, 0, $0.count) }
    self.canvas = canvas
  }

  package mutating func draw(_ reading: FrameReading) {
    remember(reading)
    let place = layout.place(width: reading.image.width, height: reading.image.height)
    let isCopied =
      place == layout.frame && Int(place.width) == reading.image.width
      && Int(place.height) == reading.image.height
    if isCopied { canvas.copy(reading.image, toX: Int(place.x), y: Int(place.y)) }
    canvas.copy(ground, toX: layout.panelX, y: 0)
    let lead = reading.faces.first
    let marker = marked?.marker
    let trail = lead.flatMap { trails[$0.id] }?.map(\.point) ?? []
    Pen.draw(on: &canvas) { [layout, palette, panel] pen in
      pen.saved {
        pen.clip(
          Rect(x: 0, y: 0, width: Float(layout.panelX), height: Float(layout.height)))
        if !isCopied {
          pen.fill(layout.frame, Palette.dark[.letterbox])
          pen.draw(reading.image, in: place)
        }
        pen.translate(Double(place.x), Double(place.y))
        let scale = Double(place.width) / Double(reading.image.width)
        pen.scale(scale)
        // Keeps lines as wide as on a frame of the size that the panel was designed for.
        Self.drawFaces(reading, scale: layout.panelScale / scale, pen)
        if let marker { Self.draw(marker, reading, scale: layout.panelScale / scale, pen) }
      }
      pen.translate(Double(layout.panelX), 0)
      pen.scale(layout.panelScale)
      Self.drawHeader(reading, palette, pen)
      if let lead {
        panel.draw(
          lead.shown, isRelative: lead.rest != nil, trail: trail, color: Palette.face(lead.id), pen)
      }
    }
  }

  private mutating func remember(_ reading: FrameReading) {
    if let marker = reading.marker {
      marked = (marker, reading.time)
    } else if let time = marked?.time, abs(reading.time - time) > Self.markerSeconds {
      marked = nil
    }
    let present = Set(reading.faces.map(\.id))
    trails = trails.filter { present.contains($0.key) }
    for face in reading.faces {
      let shown = face.shown
      let point = Point(shown.valence.value, shown.arousal.value)
      guard point.x.isFinite, point.y.isFinite else { continue }
      trails[face.id, default: []].append((reading.time, point))
      trails[face.id]?.removeAll { reading.time - $0.time > Self.trailSeconds }
    }
  }

  private static func drawFaces(_ reading: FrameReading, scale: Double, _ pen: Pen) {
    let bounds = Rect(
      x: 0, y: 0, width: Float(reading.image.width), height: Float(reading.image.height))
    for face in reading.faces.reversed() {
      let color = Palette.face(face.id)
      pen.overlay(face, color: color, scale: scale)
      pen.plate(
        "\(face.id)  \(face.shown.expression.label.name)", on: face.box, inside: bounds,
        color: color, scale: scale)
    }
  }

  /// In the lower left corner.
  private static func draw(_ marker: Marker, _ reading: FrameReading, scale: Double, _ pen: Pen) {
    let bounds = Rect(
      x: 0, y: 0, width: Float(reading.image.width), height: Float(reading.image.height))
    var corner = bounds
    corner.y = bounds.height
    pen.plate(
      "marker \(marker.label)", on: corner, inside: bounds, color: Color(0xffffff), scale: scale)
  }

  private static func drawHeader(_ reading: FrameReading, _ palette: Palette, _ pen: Pen) {
    if let lead = reading.faces.first {
      pen.fill(Rect(x: 12, y: 10, width: 12, height: 12), Palette.face(lead.id))
      let others = reading.faces.count - 1
      let text = "Face \(lead.id)" + (others > 0 ? "  and \(others) more" : "")
      pen.text(text, 30, 21, size: 13, palette.text, weight: .bold)
    } else {
      pen.text("No face", 12, 21, size: 13, palette.faintText, weight: .bold)
    }
    pen.text(clock(reading.time), 368, 21, size: 12, palette.faintText, align: .right)
  }

  /// "1:02.5" or "1:01:02.5"
  private static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e9 else { return "" }
    let tenths = Int((max(0, seconds) * 10).rounded(.down))
    let (hours, minutes, rest) = (tenths / 36000, tenths / 600 % 60, tenths % 600)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let tail = "\(two(rest / 10)).\(rest % 10)"
    return hours > 0 ? "\(hours):\(two(minutes)):\(tail)" : "\(minutes):\(tail)"
  }
}

extension Image {
  /// Copies `other` to (x, y), cropped to the size of this image.
  package mutating func copy(_ other: Image, toX x: Int, y: Int) {
    let rows = min(other.height, height - y)
    let bytes = min(other.width, width - x) * 4
    guard x >= 0, y >= 0, rows > 0, bytes > 0 else { return }
    let stride = bytesPerRow
    withUnsafeMutableBytes { target in
      other.withUnsafeBytes { source in
        for row in 0..<rows {
          memcpy(
            target.baseAddress! + (y + row) * stride + x * 4,
            source.baseAddress! + row * other.bytesPerRow, bytes)
        }
      }
    }
  }
}
