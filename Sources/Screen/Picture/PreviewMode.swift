/// How the preview shows the picture.
package enum PreviewMode: String, CaseIterable, Sendable {
  /// Pixels if the terminal can show them and is near, otherwise symbols.
  case auto
  case symbols, sixel, kitty, off
}
