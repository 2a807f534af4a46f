import Foundation
import Theme

/// The report as one HTML file that loads nothing. Its pictures are embedded, each in four
/// versions: for light and dark, and for phones and screens.
struct HTMLPage {
  let report: Report

  var text: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="generator" content="emenet \(report.version.escaped)">
    <title>\(report.title.escaped)</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <main>
    <h1>\(report.title.escaped)</h1>
    \(report.runs.map(section).joined(separator: "\n"))
    <footer>\(TotalsTable.note.escaped)<br>emenet \(report.version.escaped). These are estimates of \
    what most people would say that a face shows, not of what anyone feels.</footer>
    </main>
    </body>
    </html>

    """
  }

  private func section(_ run: RunHistory) -> String {
    var parts = ["<section>"]
    if report.runs.count > 1 { parts.append("<h2>\(run.title.escaped)</h2>") }
    parts.append("<p class=\"facts\">\(run.facts.escaped)</p>")
    if run.faceCount == 0 {
      parts.append("<p>No face was seen.</p>")
    } else {
      parts.append(table(TotalsTable(run)))
    }
    if !run.markers.isEmpty { parts.append(markers(run)) }
    let hidden = run.faceCount - TotalsTable.mostFaces
    for face in run.faces.prefix(TotalsTable.mostFaces) { parts.append(figure(face, of: run)) }
    if hidden > 0 {
      parts.append(
        "<p class=\"facts\">\(hidden) more seen for less time: in the table, without a chart.</p>")
    }
    return (parts + ["</section>"]).joined(separator: "\n")
  }

  private func table(_ table: TotalsTable) -> String {
    let head = table.columns.map { "<th scope=\"col\">\($0.escaped)</th>" }.joined()
    let rows = table.rows.map { row in
      let cells = row.cells.enumerated().map { index, cell in
        let share = index < row.shares.count ? row.shares[index] : nil
        let bar = share.map { " class=\"bar\" style=\"--s:\(Int(($0 * 100).rounded()))%\"" } ?? ""
        return "<td\(bar)>\(cell.escaped)</td>"
      }
      return "<tr><th scope=\"row\">\(row.name.escaped)</th>\(cells.joined())</tr>"
    }
    return "<div class=\"wide\"><table><thead><tr><th></th>\(head)</tr></thead>"
      + "<tbody>\(rows.joined())</tbody></table></div>"
  }

  private func markers(_ run: RunHistory) -> String {
    let rows = run.markers.map { marker in
      "<tr>" + marker.cells.map { "<td>\($0.escaped)</td>" }.joined() + "</tr>"
    }
    return "<div class=\"wide\"><table class=\"markers\"><thead><tr><th>Marker</th><th>Time</th>"
      + "<th>Text</th><th>UTC</th></tr></thead><tbody>\(rows.joined())</tbody></table></div>"
  }

  private func figure(_ face: FaceHistory, of run: RunHistory) -> String {
    func address(_ width: Double, _ colors: ReportColors) -> String {
      let chart = FaceChart(run: run, face: face, colors: colors, width: width)
      let bytes = PictureFormat.svg.bytes(width: width, height: chart.height) { chart.draw($0) }
      return "data:image/svg+xml;base64," + Data(bytes).base64EncodedString()
    }
    let (phone, screen) = ("(max-width: 760px)", "(prefers-color-scheme: dark)")
    let narrow = Report.narrowWidth
    let wide = Report.wideWidth
    return """
      <figure><picture>
      <source media="\(phone) and \(screen)" srcset="\(address(narrow, .dark))">
      <source media="\(phone)" srcset="\(address(narrow, .light))">
      <source media="\(screen)" srcset="\(address(wide, .dark))">
      <img alt="Face \(face.id) over time: valence, arousal, expressions and action units; the table \
      has its totals." src="\(address(wide, .light))">
      </picture></figure>
      """
  }

  private static let style = """
    :root { --paper: #fff; --ink: #1b222c; --faint: #5d6877; --line: #d5dae2; --bar: #cfe0f4; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #14171c; --ink: #f0f3f7; --faint: #a3adbb; --line: #343b46; --bar: #2c4a6e; }
    }
    @media print {
      :root { --paper: #fff; --ink: #1b222c; --faint: #5d6877; --line: #d5dae2; --bar: #cfe0f4; }
      figure { break-inside: avoid; }
    }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 15px/1.45 "DejaVu Sans", system-ui, sans-serif; }
    main { max-width: 1060px; margin: 0 auto; padding: 16px; }
    h1 { font-size: 1.35rem; margin: 0 0 .2em; overflow-wrap: anywhere; }
    h2 { font-size: 1.1rem; margin: 1.6em 0 .2em; overflow-wrap: anywhere; }
    .facts, footer { color: var(--faint); font-size: .87rem; margin: .3em 0 1em; }
    .wide { overflow-x: auto; margin-bottom: 1.4em; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: .28em .8em; border-bottom: 1px solid var(--line); text-align: right;
      white-space: nowrap; }
    th[scope=row] { text-align: left; font-weight: normal; padding-left: 0; }
    .bar { background: linear-gradient(var(--bar), var(--bar)) left / var(--s) 100% no-repeat; }
    .markers td:nth-child(3), .markers th:nth-child(3) { text-align: left; white-space: normal;
      min-width: 9em; overflow-wrap: anywhere; }
    figure { margin: 0 0 1.6em; }
    img { width: 100%; height: auto; display: block; }
    footer { border-top: 1px solid var(--line); padding-top: .8em; }
    """
}

extension String {
  /// Escapes text for HTML content and attributes.
  fileprivate var escaped: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
