import Inference
import Reading
import Runtime

/// What a key asks of the session. The screen itself handles keys that change only the display.
package enum ScreenCommand: Equatable, Sendable {
  case quit, pause, snapshot, record, mark
  /// Seek this many seconds forward or back in a file.
  case seek(seconds: Double)
  /// Sets the resting face of the face with this id; nil forgets it.
  case rest(face: Int, RestingFace?)
}

/// The monitor's screen. For use on one thread.
package final class Screen {
  private let terminal: Terminal
  private var model: ScreenModel

  /// - Parameter smoothing: time constant of the display, s
  package init(
    _ type: TerminalType, smoothing: Double, preview: PreviewMode
  ) throws(TerminalError) {
    terminal = try Terminal(type, preview: preview)
    model = ScreenModel(smoothing: smoothing)
    if preview == .off { model.hidePreview() }
  }

  package func show(_ reading: FrameReading?, status: SessionStatus) {
    let hasNewPicture = reading.map { model.take($0, now: monotonicSeconds()) } ?? false
    model.status = status
    terminal.fitWindow()
    model.pictureRate = terminal.pictureRate
    terminal.show(
      model.draw(
        columns: terminal.columns, rows: terminal.rows, glyphs: terminal.glyphs,
        hasColors: terminal.colors >= 256, pixels: terminal.cell, now: monotonicSeconds()))
    if hasNewPicture { model.pictureCost = terminal.cost }
  }

  /// Handles the keys pressed since the last call and returns what they ask of the session. Returns
  /// a request to quit if the terminal has gone.
  package func commands() -> [ScreenCommand] {
    let keys = terminal.keys()
    if keys == nil { return [.quit] }
    let commands = (keys ?? []).compactMap { model.handle($0, now: monotonicSeconds()) }
    if model.takeRepaint() { terminal.repaint() }
    return commands
  }

  /// The next ``show(_:status:)`` redraws the whole screen.
  package func repaint() { terminal.repaint() }

  /// Releases the terminal; the next ``show(_:status:)`` takes it again.
  package func suspend() { terminal.suspend() }

  /// Releases the terminal for good. May be called more than once.
  package func close() { terminal.close() }

  /// What it shows.
  package var reading: FrameReading? { model.reading }
  /// The face that the bars show.
  package var focus: Int? { model.focus }

  /// The contents of the screen as a picture.
  package var svg: String { terminal.shown?.svg ?? "" }
}
