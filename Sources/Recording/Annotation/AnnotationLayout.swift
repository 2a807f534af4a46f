import Imaging

/// Positions of the frame and the panel beside it in the annotated picture.
package struct AnnotationLayout: Equatable, Sendable {
  /// Width and height are even, as chroma at half resolution requires.
  package let width: Int
  package let height: Int
  /// Area for the frame.
  package let frame: Rect
  /// Left edge of the panel, which fills the height to the right of the frame.
  let panelX: Int
  /// Pixels per unit of the panel's own space (``EmotionPanel/width``, ``EmotionPanel/height``).
  let panelScale: Double

  /// Enlarges a small frame until the panel beside it is legible; next to a large frame, the panel
  /// is enlarged.
  package init(frameWidth: Int, frameHeight: Int) {
    let panel = (width: EmotionPanel.width, height: EmotionPanel.height)
    // A very wide frame gets bars above and below instead of growing without limit.
    let growth = max(
      1, min(panel.height / Double(frameHeight), max(1, 2 * panel.height / Double(frameWidth))))
    let shown = (width: Double(frameWidth) * growth, height: Double(frameHeight) * growth)
    // Beside a very tall frame, a panel of the same height would be wider than the frame.
    panelScale = max(1, min(shown.height / panel.height, shown.width / panel.width))
    panelX = Int(shown.width.rounded(.up))
    let panelWidth = Int((panel.width * panelScale).rounded(.up))
    width = (panelX + panelWidth + 1) & ~1
    height = (Int(max(shown.height, panel.height * panelScale).rounded(.up)) + 1) & ~1
    frame = Rect(
      x: 0, y: Float(((Double(height) - shown.height) / 2).rounded(.down)),
      width: Float(shown.width), height: Float(shown.height))
  }

  /// The largest rectangle within `frame` that has an image's aspect ratio.
  package func place(width: Int, height: Int) -> Rect {
    let scale = min(frame.width / Float(width), frame.height / Float(height))
    let shown = (width: Float(width) * scale, height: Float(height) * scale)
    return Rect(
      x: frame.center.x - shown.width / 2, y: frame.center.y - shown.height / 2,
      width: shown.width, height: shown.height)
  }
}
