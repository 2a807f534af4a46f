import Capture
import Imaging
import Inference
import Runtime

/// The sound of one run: its source, the window of each frame, and its level.
package final class SessionSound: Sendable {
  /// The sound that was requested.
  package struct Request: Sendable {
    /// A microphone, "none", or a sound file if there is a video; nil for whatever is available.
    package var audio: String?
    /// The video being played; nil for a camera.
    package var video: String?
    /// Uses the reference's windows, for comparison with its predictions.
    package var takesReferenceWindows: Bool
    /// How long each frame waits for sound.
    package var lookaheadMilliseconds: Double
    /// True if sound is wanted even though the network does not hear.
    package var isNeeded: Bool

    package init(
      audio: String?, video: String?, takesReferenceWindows: Bool, lookaheadMilliseconds: Double,
      isNeeded: Bool
    ) {
      self.audio = audio
      self.video = video
      self.takesReferenceWindows = takesReferenceWindows
      self.lookaheadMilliseconds = lookaheadMilliseconds
      self.isNeeded = isNeeded
    }
  }

  package enum Source: Sendable {
    case microphone(Microphone)
    /// `isSeparate`: true if it is not the track of the video that is shown.
    case file(path: String, format: SoundFormat, isSeparate: Bool)
    /// Why there is no sound.
    case none(reason: String)
  }

  package let source: Source
  package let request: Request

  /// nil if no sound is wanted. If none was named and there is none, the run continues with
  /// silence; a source that was named but is missing is an error.
  ///
  /// - Parameter reason: turns an error into words
  package init?(
    _ request: Request, kind: NetworkKind, reason: (any Error) -> String
  ) throws {
    self.request = request
    let isNamed = request.audio.map { $0 != "none" } ?? false
    guard kind == .audiovisual || request.isNeeded || isNamed else { return nil }
    switch (request.audio, request.video) {
    case ("none", _): source = .none(reason: "--audio none")
    case (nil, let input?), ("default", let input?):
      do {
        source = .file(path: input, format: try SoundFile(path: input).format, isSeparate: false)
      } catch {
        source = .none(reason: reason(error))
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
        source = .none(reason: reason(error))
      }
    }
  }

  package func stop() {
    if case .microphone(let microphone) = source { microphone.stop() }
  }

  /// A separate reader for another thread; nil if there is no sound.
  package func reader() -> (any SoundReader)? {
    switch source {
    case .microphone(let microphone): microphone.reader()
    case .file(let path, _, _): try? SoundFile(path: path)
    case .none: nil
    }
  }

  /// nil if there is no sound.
  package func cutter(framesPerSecond: Double) -> SoundCutter? {
    guard let reader = reader() else { return nil }
    switch source {
    case .microphone: return SoundCutter(reader, .live)
    case .file(_, _, let isSeparate):
      return SoundCutter(
        reader,
        request.takesReferenceWindows
          ? .reference(framesPerSecond: framesPerSecond, frames: nil) : .centered,
        isSeparate: isSeparate)
    case .none: return nil
    }
  }

  /// `sound`: that of the newest reading.
  package func status(_ sound: SoundReading?) -> SoundStatus {
    var status = SoundStatus(
      level: sound?.level ?? SoundMeter.floor, state: sound?.state ?? .silent,
      offsetMilliseconds: sound?.cut.offsetMilliseconds,
      lookaheadMilliseconds: request.lookaheadMilliseconds)
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
