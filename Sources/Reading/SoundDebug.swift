import Inference
import Runtime

/// Writes one line per frame with the position of its sound window (`--audio-debug`).
package final class SoundDebug {
  private let file: OutputFile
  private var text = TextBuffer()

  /// `path` "-" is standard output.
  package init(path: String, force: Bool) throws(OutputError) {
    file = try OutputFile(path: path, force: force)
    text.append(
      "frame,time,start,window_middle,frame_middle,offset_ms,level_db,sound,presence\n"
        as StaticString)
    try file.write(text.bytes)
    text.removeAll()
  }

  /// `time`: that of the frame. The start is in samples, the middles in s of the track.
  package func write(
    frame: Int, time: Double, _ sound: SoundReading
  ) throws(OutputError) {
    let cut = sound.cut
    let rate = Double(SoundWindow.sampleRate)
    text.append(frame)
    text.append(",")
    text.append(time, decimals: Decimals.time)
    text.append(",")
    text.append(cut.start)
    for (value, decimals) in [
      (cut.middle / rate, Decimals.time), (cut.frameMiddle / rate, Decimals.time),
      (cut.offsetMilliseconds, 3), (sound.level, 1),
    ] {
      text.append(",")
      text.append(value, decimals: decimals)
    }
    text.append(",\(sound.state),")
    text.append(Double(sound.presence), decimals: 3)
    text.append("\n")
    try file.write(text.bytes)
    text.removeAll()
  }

  package func close() { file.close() }
}

extension SoundDebug: SinkWorker {
  package func work(_ reading: FrameReading) throws {
    guard let sound = reading.sound else { return }
    try write(frame: reading.frame, time: reading.time, sound)
  }

  package func finish() { close() }
}
