import Records

extension RunHistory {
  /// One line about the run: its date, its length, and how much of it is missing.
  var facts: String {
    var parts = utc.map { ["began \($0)"] } ?? []
    parts.append("\(TimeAxis.words(length, tenths: true)) long")
    parts.append(counted(frames, "frame"))
    parts.append(counted(faceCount, "face"))
    parts.append("\(droppedCount) dropped")
    if !gaps.isEmpty { parts.append(counted(gaps.count, "gap") + " without frames") }
    if !excluded.isEmpty {
      let words = excluded.map {
        TimeAxis.words($0.from) + " to " + ($0.to.isFinite ? TimeAxis.words($0.to) : "the end")
      }
      parts.append("left out: " + words.joined(separator: ", "))
    }
    return parts.joined(separator: " · ")
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}

extension RecordedMarker {
  /// "3  0:12.5  lights off"
  var cells: [String] {
    [
      "\(number)", TimeAxis.words(time, tenths: true), text.isEmpty ? "–" : text, utc ?? "",
    ]
  }
}
