import Glibc

/// One line on stderr that is drawn over: how much is done and how long the rest will take. Says
/// nothing where stderr is no terminal.
actor PredictionProgress {
  private let clips: Int
  /// Frames of all clips; nil where a video does not tell before it is read.
  private let frames: Int?
  private var doneClips = 0
  private var doneFrames = 0
  private let start = monotonicSeconds()
  private var lastDrawn = 0.0
  private let isShown = isatty(STDERR_FILENO) == 1

  init(_ clips: [Clip]) {
    self.clips = clips.count
    let counts = clips.compactMap(\.frameCount)
    frames = counts.count == clips.count ? counts.reduce(0, +) : nil
  }

  func add(frames count: Int) {
    doneFrames += count
    draw(force: false)
  }

  func finishClip() {
    doneClips += 1
    draw(force: true)
  }

  func end() {
    if isShown, clips > 0 { printError("") }
  }

  private func draw(force: Bool) {
    let now = monotonicSeconds()
    guard isShown, force || now - lastDrawn > 0.2 else { return }
    lastDrawn = now
    let share =
      frames.map { Double(doneFrames) / Double(max(1, $0)) }
      ?? Double(doneClips) / Double(clips)
    let filled = Int(min(1, share) * 24)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 24 - filled)
    var line = "\r[\(bar)] \(doneClips) of \(clips) videos, \(doneFrames) frames"
    if share > 0 {
      let left = Int((now - start) * (1 / share - 1))
      line += ", \(left / 60) min \(left % 60) s left "
    }
    var bytes = Array(line.utf8)
    _ = write(STDERR_FILENO, &bytes, bytes.count)
  }
}
