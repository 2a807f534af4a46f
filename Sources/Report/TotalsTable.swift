import Inference

/// The totals of a run as text, one column per face.
struct TotalsTable {
  struct Row {
    var name: String
    var cells: [String]
    /// In [0, 1], for a bar behind the text.
    var shares: [Double?] = []
  }

  let columns: [String]
  let rows: [Row]

  /// Number of faces that get their own column and chart. The others, which were seen for less
  /// time, share a column.
  static let mostFaces = 6

  init(_ run: RunHistory) {
    let faces = run.faces
    var columns = faces.prefix(Self.mostFaces).map { ("Face \($0.id)", $0.totals) }
    let others = faces.dropFirst(Self.mostFaces)
    if !others.isEmpty {
      columns.append(
        (
          others.count == 1 ? "1 other" : "\(others.count) others",
          others.reduce(into: Totals()) { $0.add($1.totals) }
        ))
    }
    if columns.count > 1 { columns.append(("All", run.totals)) }
    self.columns = columns.map(\.0)
    let totals = columns.map(\.1)
    func share(_ name: String, _ value: (Totals) -> Double?) -> Row {
      let shares = totals.map(value)
      return Row(name: name, cells: shares.map(Self.percent), shares: shares)
    }
    rows =
      [
        Row(
          name: "Seen", cells: totals.map { TimeAxis.words($0.seen, tenths: true) }),
        share("Too uncertain to say", \.untoldShare),
      ]
      + Expression.allCases.map { label in share(label.name) { $0.share(of: label) } }
      + [
        Row(name: "Valence", cells: totals.map { Self.moments($0.valence) }),
        Row(name: "Arousal", cells: totals.map { Self.moments($0.arousal) }),
      ]
  }

  /// An explanation of the numbers, below the table.
  static let note =
    "Expressions: share of the time that they were the likeliest, weighted by confidence. Too "
    + "uncertain to say: turned away, or a confidence below 0.4. Valence and arousal: mean ± "
    + "standard deviation over time, each from −1 to 1."

  private static func percent(_ share: Double?) -> String {
    guard let share, share.isFinite else { return "–" }
    return share > 0 && share < 0.005 ? "< 1 %" : "\(Int((share * 100).rounded())) %"
  }

  private static func moments(_ moments: Moments) -> String {
    guard let mean = moments.mean, let deviation = moments.deviation else { return "–" }
    let hundredths = Int((abs(mean) * 100).rounded())
    let sign = hundredths == 0 ? "" : mean < 0 ? "−" : "+"
    return sign + decimal(hundredths) + " ± " + decimal(Int((deviation * 100).rounded()))
  }

  private static func decimal(_ hundredths: Int) -> String {
    "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}
