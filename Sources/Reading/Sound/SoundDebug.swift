import Runtime

/// A line a frame that says where its window of sound lies (`--audio-debug`).
package final class SoundDebug {
  private let file: OutputFile
  private var text = TextBuffer()

  /// `path` "-" is standard output.
  package init(path: String, force: Bool) throws(OutputError) {
    file = try OutputFile(path: path, force: force)
    text.append(
      "frame,time,start,window_middle,frame_middle,offset_ms,level_db,sound\n" as StaticString)
    try file.write(text.bytes)
    text.removeAll()
  }

  /// `time`: the frame's; start in samples, middles in s of the track.
  package func write(
    frame: Int, time: Double, _ cut: SoundCut, level: Double, state: SoundMeter.State
  ) throws(OutputError) {
    text.append(frame)
    text.append(",")
    text.append(time, decimals: Decimals.time)
    text.append(",")
    text.append(cut.start)
    for (value, decimals) in [
      (cut.middle / 16000, Decimals.time), (cut.frameMiddle / 16000, Decimals.time),
      (cut.offsetMilliseconds, 3), (level, 1),
    ] {
      text.append(",")
      text.append(value, decimals: decimals)
    }
    text.append(",\(state)\n")
    try file.write(text.bytes)
    text.removeAll()
  }

  package func close() { file.close() }
}
