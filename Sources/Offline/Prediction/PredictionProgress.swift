import Glibc
import Imaging
import Runtime

/// A progress bar on stderr: how much is done and how long the rest will take. If stderr is not a
/// terminal, only problems are reported.
package final class PredictionProgress: Sendable {
  private struct State {
    /// Number of frames of each clip; nil if only the video can tell.
    var expected: [Int?]
    var done: [Int]
    var finishedClips = 0
    var lastDrawn = 0.0
  }

  private let state: Locked<State>
  private let start = monotonicSeconds()
  private let isShown = isatty(STDERR_FILENO) == 1

  package init(_ clips: [Clip]) {
    state = Locked(
      State(expected: clips.map(\.frameCount), done: [Int](repeating: 0, count: clips.count)))
  }

  /// Sets the frame count that a video states when it is opened.
  package func expect(_ frames: Int?, of clip: Int) {
    state.withLock { $0.expected[clip] = $0.expected[clip] ?? frames }
  }

  package func addFrame(of clip: Int) {
    state.withLock { state in
      state.done[clip] += 1
      let now = monotonicSeconds()
      if now - state.lastDrawn > 0.1 { draw(&state, now) }
    }
  }

  package func finish(_ clip: Int) {
    state.withLock { state in
      state.expected[clip] = state.done[clip]
      state.finishedClips += 1
      draw(&state, monotonicSeconds())
    }
  }

  /// Prints a line above the bar.
  package func say(_ line: String) {
    state.withLock { state in
      if isShown { writeToTerminal("\r" + String(repeating: " ", count: columns) + "\r") }
      printError(line)
      draw(&state, monotonicSeconds())
    }
  }

  /// Ends the line of the bar, which stays visible.
  package func end() {
    state.withLock { state in
      draw(&state, monotonicSeconds())
      if isShown, !state.done.isEmpty { writeToTerminal("\n") }
    }
  }

  private func draw(_ state: inout State, _ now: Double) {
    guard isShown, !state.done.isEmpty else { return }
    state.lastDrawn = now
    let done = state.done.reduce(0, +)
    var line = "\(state.finishedClips) of \(state.done.count) videos, \(done) frames"
    if let share = Self.share(done: done, of: state.expected), share > 0 {
      let filled = Int(share * 24)
      let bar =
        String(repeating: "#", count: filled) + String(repeating: "-", count: 24 - filled)
      line = "[\(bar)] \(line), \(Self.words(seconds: (now - start) * (1 / share - 1))) left"
    }
    let width = columns
    let shown = line.prefix(width)
    writeToTerminal("\r" + shown + String(repeating: " ", count: width - shown.count))
  }

  /// A clip of unknown length counts as the mean of the others; nil if all are unknown.
  package static func share(done: Int, of expected: [Int?]) -> Double? {
    let known = expected.compactMap(\.self)
    guard !known.isEmpty else { return nil }
    let mean = Double(known.reduce(0, +)) / Double(known.count)
    guard mean > 0 else { return nil }
    return min(1, Double(done) / (mean * Double(expected.count)))
  }

  /// "1 h 02 min", "3 min 05 s", "12 s"
  package static func words(seconds: Double) -> String {
    let seconds = Int(min(max(0, seconds), 1e7).rounded(.up))
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if seconds >= 3600 { return "\(seconds / 3600) h \(two(seconds / 60 % 60)) min" }
    if seconds >= 60 { return "\(seconds / 60) min \(two(seconds % 60)) s" }
    return "\(seconds) s"
  }

  /// One column less than the terminal has, so that the cursor never wraps.
  private var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 79 }
    return Int(size.ws_col) - 1
  }

  private func writeToTerminal(_ text: String) {
    var bytes = Array(text.utf8)
    _ = write(STDERR_FILENO, &bytes, bytes.count)
  }
}
