import Inference
import Reading
import Runtime

/// What a key asks of the session; the keys that change only the display the screen handles itself.
package enum ScreenCommand: Equatable, Sendable {
  case quit, pause, snapshot, record, mark
  /// So much later in a file, or earlier, s.
  case seek(seconds: Double)
  /// What the face with this id says at rest; nil: nothing is known of it any more.
  case rest(face: Int, RestingFace?)
}

/// The monitor's screen. For one thread.
package final class Screen {
  private let terminal: Terminal
  private var model: ScreenModel

  /// - Parameter smoothing: time constant of the display, s
  package init(_ type: TerminalType, smoothing: Double) throws(TerminalError) {
    terminal = try Terminal(type)
    model = ScreenModel(smoothing: smoothing)
  }

  package func show(_ reading: FrameReading?, status: SessionStatus) {
    let hasNewPicture = reading.map { model.take($0, now: monotonicSeconds()) } ?? false
    model.status = status
    terminal.fitWindow()
    terminal.show(
      model.draw(
        columns: terminal.columns, rows: terminal.rows, glyphs: terminal.glyphs,
        showsPixels: terminal.colors >= 256, now: monotonicSeconds()))
    if hasNewPicture { model.pictureCost = terminal.cost }
  }

  /// Handles the keys pressed since the last call and returns what they ask of the session; quits
  /// when the terminal has gone.
  package func commands() -> [ScreenCommand] {
    let keys = terminal.keys()
    if keys == nil { return [.quit] }
    let commands = (keys ?? []).compactMap { model.handle($0, now: monotonicSeconds()) }
    if model.takeRepaint() { terminal.repaint() }
    return commands
  }

  /// The whole is sent anew with the next ``show(_:status:)``.
  package func repaint() { terminal.repaint() }

  /// Gives the terminal back; the next ``show(_:status:)`` takes it again.
  package func suspend() { terminal.suspend() }

  /// Gives the terminal back for good. May be called more than once.
  package func close() { terminal.close() }

  /// What it shows.
  package var reading: FrameReading? { model.reading }
  /// The face that its bars show.
  package var focus: Int? { model.focus }

  /// What is on the screen, as a picture.
  package var svg: String { terminal.shown?.svg ?? "" }
}
