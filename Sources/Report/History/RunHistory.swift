import Records

/// What one run of the monitor showed, gathered while its records are read.
package struct RunHistory: Sendable {
  package let title: String
  /// When its first frame was taken, as it is written; nil for files.
  package private(set) var utc: String?
  package private(set) var frames = 0
  /// Of frames that are not left out, s.
  package private(set) var seconds = 0.0
  package private(set) var grid = TimeGrid()
  package private(set) var markers: [RecordedMarker] = []
  /// Without a frame.
  package private(set) var gaps: [Stretch] = []
  /// Frames that nobody processed, by bin, and in all.
  private(set) var dropped: [Int] = []
  package private(set) var droppedCount = 0
  let excluded: [Stretch]
  private(set) var span = Stretch(from: 0, to: 0)

  private var histories: [Int: FaceHistory] = [:]
  private var last: (time: Double, dropped: Int)?
  /// Mean time between frames lately, s.
  private var interval = 1.0 / 30
  private var intervals = 0

  /// Without frames for so long something is amiss, s.
  static let shortestGap = 0.5
  /// More of them say no more, and a file may have as many as it has lines.
  private static let mostMarks = 1000

  package init(title: String, excluding excluded: [Stretch] = []) {
    self.title = title
    self.excluded = excluded
  }

  /// Whether `frame` may follow on the last one: time never goes back in a run.
  package func isContinued(by frame: RecordedFrame) -> Bool {
    last.map { frame.time > $0.time } ?? true
  }

  package mutating func add(_ frame: RecordedFrame) {
    for _ in 0..<grid.grow(toHold: frame.time) { coarsen() }
    let bin = grid.bin(of: frame.time)
    let seconds = pass(to: frame.time)
    countDropped(frame, bin)
    last = (frame.time, frame.dropped)
    if let marker = frame.marker, markers.count < Self.mostMarks {
      var placed = marker
      if !placed.time.isFinite { placed.time = frame.time }
      markers.append(placed)
    }
    span.to = frame.time
    if frames == 0 { utc = frame.utc }
    frames += 1
    guard !isExcluded(frame.time) else { return }
    self.seconds += seconds
    for index in 0..<frame.faceCount {
      let face = frame.face(index)
      guard let id = face.id else { continue }
      histories[id, default: FaceHistory(id: id, start: bin)].add(face, bin: bin, seconds: seconds)
    }
  }

  /// How long the frame at `time` counts: as long as the one before it lasted, or as frames last
  /// where there was a gap.
  private mutating func pass(to time: Double) -> Double {
    guard let last else {
      span.from = time
      return interval
    }
    let step = time - last.time
    if intervals > 0, step > longestInterval {
      if gaps.count < Self.mostMarks { gaps.append(Stretch(from: last.time, to: time)) }
      return interval
    }
    // An average of the last ten or so, so that a source may change its rate.
    intervals += 1
    interval += (step - interval) / Double(min(intervals, 10))
    return step
  }

  /// To the end of its last frame, s.
  package var length: Double { frames > 0 ? span.to - span.from + interval : 0 }

  /// A longer one is a gap, s.
  var longestInterval: Double { max(Self.shortestGap, 8 * interval) }

  private mutating func countDropped(_ frame: RecordedFrame, _ bin: Int) {
    let more = max(0, frame.dropped - (last?.dropped ?? 0))
    if bin >= dropped.count {
      dropped.append(contentsOf: repeatElement(0, count: bin + 1 - dropped.count))
    }
    dropped[bin] += more
    droppedCount += more
  }

  private mutating func coarsen() {
    for id in histories.keys { histories[id]!.coarsen() }
    dropped = stride(from: 0, to: dropped.count, by: 2).map {
      dropped[$0] + ($0 + 1 < dropped.count ? dropped[$0 + 1] : 0)
    }
  }

  func isExcluded(_ time: Double) -> Bool { excluded.contains { $0.contains(time) } }

  /// Those that were seen longest first.
  package var faces: [FaceHistory] {
    histories.values.sorted { ($0.totals.seen, $1.id) > ($1.totals.seen, $0.id) }
  }

  package var faceCount: Int { histories.count }

  /// Of all faces together.
  package var totals: Totals {
    histories.values.reduce(into: Totals()) { $0.add($1.totals) }
  }
}
