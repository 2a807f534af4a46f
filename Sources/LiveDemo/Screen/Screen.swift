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
    terminal.fitWindow()
    terminal.show(
      model.draw(
        columns: terminal.columns, rows: terminal.rows, glyphs: terminal.glyphs,
        showsPixels: terminal.colors >= 256, now: monotonicSeconds()))
  }

  /// Handles the keys pressed since the last call and returns what they ask of the session; quits
  /// when the terminal has gone.
  func commands() -> [ScreenCommand] {
    let keys = terminal.keys()
    if keys == nil { return [.quit] }
    return (keys ?? []).compactMap { key in
      if key == "\u{0C}" { terminal.repaint() }
      return model.handle(key, now: monotonicSeconds())
    }
  }

  /// The whole is sent anew with the next ``show(_:status:)``.
  func repaint() { terminal.repaint() }

  /// Gives the terminal back; the next ``show(_:status:)`` takes it again.
  func suspend() { terminal.suspend() }

  /// Gives the terminal back for good. May be called more than once.
  func close() { terminal.close() }

  /// What is on the screen, as a picture.
  var svg: String { terminal.shown?.svg ?? "" }
}
