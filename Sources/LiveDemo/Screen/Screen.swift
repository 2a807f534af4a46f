/// What a key asks of the session; the keys that change only the display the screen handles itself.
enum ScreenCommand: Equatable, Sendable {
  case quit, pause, snapshot, record
}

/// The monitor's screen. For one thread.
final class Screen {
  private let terminal: Terminal
  private var model: ScreenModel

  /// - Parameter smoothing: time constant of the display, s
  init(smoothing: Double) throws(TerminalError) {
    terminal = try Terminal()
    model = ScreenModel(smoothing: smoothing)
  }

  func show(_ reading: FrameReading?, status: SessionStatus) {
    if let reading { model.take(reading) }
    model.status = status
    terminal.show(
      model.draw(
        columns: terminal.columns, rows: terminal.rows,
        glyphs: terminal.isUnicode ? .unicode : .ascii, hasColors: terminal.colors >= 256))
  }

  /// Handles the keys pressed since the last call and returns what they ask of the session.
  func commands() -> [ScreenCommand] {
    terminal.keys().compactMap { key in
      guard let scalar = UInt32(exactly: key).flatMap(Unicode.Scalar.init) else { return nil }
      if model.showsHelp, scalar != "q" {
        model.showsHelp = false
        return nil
      }
      switch Character(scalar) {
      case "q": return .quit
      case " ": return .pause
      case "s": return .snapshot
      case "r": return .record
      case "?": model.showsHelp = true
      case "\t": model.focusNext()
      case "c": model.toggleNeutral()
      case "p": model.showsPreview.toggle()
      case "+", "=": model.changeSmoothing(by: 1.5)
      case "-": model.changeSmoothing(by: 1 / 1.5)
      case "\u{0C}": terminal.repaint()
      default: break
      }
      return nil
    }
  }

  func repaint() { terminal.repaint() }
  func suspend() { terminal.suspend() }
  func close() { terminal.close() }
}
