import Imaging

/// Where the frame and the panel beside it lie on the annotated picture.
package struct AnnotationLayout: Equatable, Sendable {
  /// Both even, as chroma at half resolution needs.
  package let width: Int
  package let height: Int
  /// Of the frame.
  package let frame: Rect
  /// The panel fills the height to the right of the frame.
  let panelX: Int
  /// px per length of the panel's own space (``EmotionPanel/width``, ``EmotionPanel/height``).
  let panelScale: Double

  /// A small frame grows until the panel beside it can be read; the panel grows with a large one.
  package init(frameWidth: Int, frameHeight: Int) {
    let panel = (width: EmotionPanel.width, height: EmotionPanel.height)
    // A frame much wider than high gets bars above and below instead of growing without end.
    let growth = max(
      1, min(panel.height / Double(frameHeight), max(1, 2 * panel.height / Double(frameWidth))))
    let shown = (width: Double(frameWidth) * growth, height: Double(frameHeight) * growth)
    // Beside a frame much higher than wide a panel of its height would be wider than the frame.
    panelScale = max(1, min(shown.height / panel.height, shown.width / panel.width))
    panelX = Int(shown.width.rounded(.up))
    let panelWidth = Int((panel.width * panelScale).rounded(.up))
    width = (panelX + panelWidth + 1) & ~1
    height = (Int(max(shown.height, panel.height * panelScale).rounded(.up)) + 1) & ~1
    frame = Rect(
      x: 0, y: Float(((Double(height) - shown.height) / 2).rounded(.down)),
      width: Float(shown.width), height: Float(shown.height))
  }

  /// The largest place inside of `frame` that has the shape of an image.
  package func place(width: Int, height: Int) -> Rect {
    let scale = min(frame.width / Float(width), frame.height / Float(height))
    let shown = (width: Float(width) * scale, height: Float(height) * scale)
    return Rect(
      x: frame.center.x - shown.width / 2, y: frame.center.y - shown.height / 2,
      width: shown.width, height: shown.height)
  }
}
