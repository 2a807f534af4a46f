import Capture
import Imaging
import Inference
import Reading
import Runtime

/// The sound of one run: where it comes from, the window of each frame, and its level.
final class SessionSound: Sendable {
  enum Source: Sendable {
    case microphone(Microphone)
    /// `isSeparate`: not the track of the video that is shown.
    case file(path: String, format: SoundFormat, isSeparate: Bool)
    /// Why there is none.
    case none(reason: String)
  }

  let source: Source
  private let options: LiveOptions

  /// nil where no sound is wanted. What was asked for by name and is not there is an error; what is
  /// not there by itself leaves silence.
  init?(_ options: LiveOptions, kind: NetworkKind) throws {
    self.options = options
    let isAskedFor = options.audioDebug != nil || options.audio.map { $0 != "none" } ?? false
    guard kind == .audiovisual || isAskedFor else { return nil }
    switch (options.audio, options.input) {
    case ("none", _): source = .none(reason: "--audio none")
    case (nil, let input?), ("default", let input?):
      do {
        source = .file(path: input, format: try SoundFile(path: input).format, isSeparate: false)
      } catch {
        source = .none(reason: Failure(error).reason)
      }
    case (let path?, .some):
      source = .file(path: path, format: try SoundFile(path: path).format, isSeparate: true)
    case (let device, nil):
      let microphone = Microphone(device ?? "default")
      do {
        try microphone.start()
        source = .microphone(microphone)
      } catch {
        if device != nil { throw error }
        source = .none(reason: Failure(error).reason)
      }
    }
  }

  /// One line for a person who starts the program.
  var announcement: String {
    switch source {
    case .microphone(let microphone):
      "sound: \(microphone.format.name), \(windowText)"
    case .file(_, let format, _):
      "sound: \(format.name), \(format.encoding) \(format.sampleRate) Hz, \(windowText)"
    case .none(let reason): "sound: none, going on with silence: \(reason)"
    }
  }

  /// How windows lie, for a person.
  private var windowText: String {
    if options.referenceWindows { return "the reference's windows" }
    guard case .microphone = source else { return "windows centred on their frames" }
    return options.lookaheadMilliseconds == 0
      ? "windows of the sound so far"
      : "frames wait \(Int(options.lookaheadMilliseconds)) ms for the sound behind them"
  }

  func stop() {
    if case .microphone(let microphone) = source { microphone.stop() }
  }

  /// A reader of its own for one more thread; nil where there is no sound.
  func reader() -> (any SoundReader)? {
    switch source {
    case .microphone(let microphone): microphone.reader()
    case .file(let path, _, _): try? SoundFile(path: path)
    case .none: nil
    }
  }

  /// nil where there is no sound.
  func cutter(framesPerSecond: Double) -> SoundCutter? {
    guard let reader = reader() else { return nil }
    switch source {
    case .microphone: return SoundCutter(reader, .live)
    case .file(_, _, let isSeparate):
      return SoundCutter(
        reader,
        options.referenceWindows
          ? .reference(framesPerSecond: framesPerSecond, frames: nil) : .centered,
        isSeparate: isSeparate)
    case .none: return nil
    }
  }

  /// `sound`: of the newest reading.
  func status(_ sound: SoundReading?) -> SoundStatus {
    var status = SoundStatus(
      level: sound?.level ?? SoundMeter.floor, state: sound?.state ?? .silent,
      offsetMilliseconds: sound?.cut.offsetMilliseconds,
      lookaheadMilliseconds: options.lookaheadMilliseconds)
    switch source {
    case .microphone(let microphone):
      status.name = microphone.format.name
      let counters = microphone.counters
      status.interruptions = counters.overruns + counters.reconnects
      if case .lost(let seconds) = microphone.state, seconds > 1 {
        status.trouble = "microphone lost \(tenths(seconds)) s"
      }
    case .file(_, let format, _): status.name = format.name
    case .none: status.trouble = "no sound"
    }
    return status
  }
}
