import Imaging
import Records
import Theme

/// A look back at one or several runs of the monitor, based on their records.
package struct Report: Sendable {
  package enum Format: Equatable, Sendable {
    case html
    case picture(PictureFormat)

    /// Chosen by the file extension; nil for any other.
    package init?(path: String) {
      if let format = PictureFormat(path: path) {
        self = .picture(format)
      } else if ["html", "htm"].contains(path.split(separator: ".").last?.lowercased()),
        path.contains(".")
      {
        self = .html
      } else {
        return nil
      }
    }
  }

  package private(set) var runs: [RunHistory] = []
  let version: String

  /// - Parameter version: the program's version, for the foot of the page
  package init(version: String) {
    self.version = version
  }

  /// Adds the contents of a records file. A new run begins wherever time goes backwards or another
  /// clip starts.
  ///
  /// - Returns: the number of damaged or truncated lines, which are skipped
  package mutating func add(
    _ file: RecordFile, title: String, excluding excluded: [Stretch]
  ) throws -> Int {
    var run: RunHistory?
    var video: String?
    let damaged = try file.read { frame in
      if run == nil || frame.video != video || !run!.isContinued(by: frame) {
        if let run { runs.append(run) }
        video = frame.video
        run = RunHistory(
          title: title + (frame.video.map { ": \($0)" } ?? ""), excluding: excluded)
      }
      run!.add(frame)
    }
    if let run { runs.append(run) }
    return damaged
  }

  var title: String {
    runs.count == 1 ? runs[0].title : "\(runs.count) runs"
  }

  static let narrowWidth = 358.0
  static let wideWidth = 1028.0

  package func bytes(as format: Format) -> [UInt8] {
    switch format {
    case .html: Array(HTMLPage(report: self).text.utf8)
    case .picture(.pdf): pages()
    case .picture(let format): sheet(format)
    }
  }

  /// Everything on one sheet, as high as necessary.
  private func sheet(_ format: PictureFormat) -> [UInt8] {
    let (margin, colors) = (28.0, ReportColors.light)
    let blocks = blocks(width: Self.wideWidth, colors)
    // Cairo accepts pictures of at most 32767 rows.
    let height = min(32_000, blocks.reduce(2 * margin) { $0 + $1.height })
    let width = Self.wideWidth + 2 * margin
    return format.bytes(width: width, height: height) { pen in
      pen.fill(
        Rect(x: 0, y: 0, width: Float(width), height: Float(height)), colors.palette.background)
      pen.translate(margin, margin)
      for block in blocks {
        pen.saved { block.draw(pen) }
        pen.translate(0, block.height)
      }
    }
  }

  /// Pages of A4, in points.
  private func pages() -> [UInt8] {
    let (width, height, margin) = (595.0, 842.0, 40.0)
    let drawn = 740.0
    let scale = (width - 2 * margin) / drawn
    let blocks = blocks(width: drawn, .light)
    return PictureFormat.pdf.bytes(width: width, height: height) { pen in
      var y = margin
      for block in blocks {
        // A block higher than a page is scaled to fit one.
        let room = height - 2 * margin
        var fit = min(scale, room / block.height)
        // Better slightly smaller than a page half empty.
        let rest = (height - margin - y) / block.height
        if rest < fit, rest > 0.8 * fit { fit = rest }
        if y > margin, y + block.height * fit > height - margin + 0.01 {
          pen.newPage()
          y = margin
        }
        pen.saved {
          pen.translate(margin, y)
          pen.scale(fit)
          block.draw(pen)
        }
        y += block.height * fit
      }
    }
  }
}
