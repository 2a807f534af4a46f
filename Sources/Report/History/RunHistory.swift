import Records

/// What one run of the monitor showed, collected while its records are read.
package struct RunHistory: Sendable {
  package let title: String
  /// When its first frame was captured, as written in the record; nil for files.
  package private(set) var utc: String?
  package private(set) var frames = 0
  /// Duration of the frames that are not excluded, s.
  package private(set) var seconds = 0.0
  package private(set) var grid = TimeGrid()
  package private(set) var markers: [RecordedMarker] = []
  /// Stretches without frames.
  package private(set) var gaps: [Stretch] = []
  /// Frames that were not processed, by bin and in total.
  private(set) var dropped: [Int] = []
  package private(set) var droppedCount = 0
  let excluded: [Stretch]
  private(set) var span = Stretch(from: 0, to: 0)

  private var histories: [Int: FaceHistory] = [:]
  private var last: (time: Double, dropped: Int)?
  /// Recent mean time between frames, s.
  private var interval = 1.0 / 30
  private var intervals = 0

  /// Something is wrong if there are no frames for this long, s.
  static let shortestGap = 0.5
  /// More of them would add nothing, and a file may have one on every line.
  private static let mostMarks = 1000

  package init(title: String, excluding excluded: [Stretch] = []) {
    self.title = title
    self.excluded = excluded
  }

  /// Whether `frame` may follow the last one: time never goes backwards in a run.
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

  /// The duration that the frame at `time` counts for: as long as the frame before it lasted, or
  /// the usual interval if there was a gap.
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
    // An average over about the last ten, so that a source may change its rate.
    intervals += 1
    interval += (step - interval) / Double(min(intervals, 10))
    return step
  }

  /// Length up to the end of its last frame, s.
  package var length: Double { frames > 0 ? span.to - span.from + interval : 0 }

  /// A longer interval is a gap, s.
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

  /// Faces, starting with the one seen longest.
  package var faces: [FaceHistory] {
    histories.values.sorted { ($0.totals.seen, $1.id) > ($1.totals.seen, $0.id) }
  }

  package var faceCount: Int { histories.count }

  /// Totals of all faces together.
  package var totals: Totals {
    histories.values.reduce(into: Totals()) { $0.add($1.totals) }
  }
}
