import AllocationCounter
import Glibc
import Imaging

@testable import Capture
@testable import Runtime

/// A sound card with a fake clock that only advances when the code waits. It records a click of 2
/// ms at each half second of CLOCK_MONOTONIC.
final class ScriptedSound: SoundSystem {
  enum Happening: Sendable {
    /// s of sound
    case sound(Double)
    /// Nothing reads for this time, in s, and the buffer overflows.
    case overrun(Double)
    case silence(Double)
    case fails(Int32)
    case hangsUp
    /// ENODEV, and no device for this time, in s.
    case unplug(Double)
    /// ESTRPIPE after this time, in s; the driver needs three attempts to resume.
    case suspend(Double)
    /// Starts or stops counting this thread's allocations.
    case count(Bool)
  }

  struct Model: Sendable {
    var format = CaptureFormat(
      rate: 48000, channels: 1, encoding: .int16, period: 960, buffer: 24000)
    /// How much faster the card's clock runs than nominal, in parts per million.
    var drift = 0.0
    /// Whether the device timestamps its sound.
    var hasTimestamps = true
    /// Maximum delay of the thread's wake-ups, in s.
    var jitter = 0.0
    /// The errno with which opening fails; below, the errno by call.
    var openError: Int32?
    var refusals: [String: Int32] = [:]
    var microphones: [MicrophoneDevice] = []
    var script: [Happening]
  }

  struct State {
    var now: UInt64 = 1_000_000_000_000
    var model: Model
    var place = 0
    /// Start of the running stream, in s, and the number of frames read.
    var start = 0.0
    var taken = 0
    /// Elapsed seconds of the sound or pause at `place`.
    var done = 0.0
    var goneUntil: UInt64 = 0
    var wakeAttempts = 0
    var random: UInt64 = 1
    var calls: [String] = []

    var seconds: Double {
      get { Double(now) * 1e-9 }
      set { now = UInt64(newValue * 1e9) }
    }
    var trueRate: Double { Double(model.format.rate) * (1 + model.drift * 1e-6) }

    /// A pseudo-random number in [0, 1).
    mutating func chance() -> Double {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(random >> 33) / Double(1 << 31)
    }

    mutating func advance() {
      place += 1
      done = 0
    }
  }

  let state: Locked<State>

  init(_ model: Model) {
    state = Locked(State(model: model))
  }

  func microphones() -> [MicrophoneDevice] { state.withLock { $0.model.microphones } }

  func open(_ device: String) -> Outcome<any SoundDevice> {
    state.withLock { state in
      if let error = state.model.openError { return .failed(error) }
      if state.now < state.goneUntil { return .failed(ENODEV) }
      return .done(ScriptedPCM(self))
    }
  }

  func now() -> UInt64 { state.withLock { $0.now } }

  func pause(until deadline: UInt64) -> Bool {
    state.withLock { state in
      state.now = max(state.now, deadline)
      return false
    }
  }
}

final class ScriptedPCM: SoundDevice {
  private let system: ScriptedSound

  init(_ system: ScriptedSound) {
    self.system = system
  }

  private func call(_ name: String) -> Outcome<Void> {
    system.state.withLock { state in
      state.calls.append(name)
      if let error = state.model.refusals[name] { return .failed(error) }
      return .done(())
    }
  }

  func configure() -> Outcome<CaptureFormat> {
    call("configure").map { system.state.withLock { $0.model.format } }
  }

  func start() -> Outcome<Void> {
    system.state.withLock { state in
      state.start = state.seconds
      state.taken = 0
    }
    return call("start")
  }

  func prepare() -> Outcome<Void> { call("prepare") }

  func resume() -> Outcome<Void> {
    let isAwake = system.state.withLock { state in
      state.wakeAttempts += 1
      return state.wakeAttempts > 3
    }
    guard isAwake else { return .wouldBlock }
    system.state.withLock { state in
      state.start = state.seconds
      state.taken = 0
    }
    return call("resume")
  }

  func close() { _ = call("close") }

  func wait(until deadline: UInt64) -> Readiness {
    system.state.withLock { state in
      while true {
        guard state.place < state.model.script.count else { return .stopped }
        switch state.model.script[state.place] {
        case .count(let on):
          allocation_count_here(on ? allocations_of_a_microphone : allocations_of_nobody)
          state.advance()
        case .hangsUp:
          state.advance()
          return .hungUp
        case .silence(let seconds):
          let step = min(seconds - state.done, Double(deadline - state.now) * 1e-9)
          state.done += step
          state.seconds += step
          if state.done >= seconds - 1e-6 { state.advance() }
          return .timedOut
        case .overrun, .fails, .unplug, .suspend: return .ready
        case .sound(let seconds):
          let period = state.model.format.period
          let due = state.start + Double(state.taken + period) / state.trueRate
          let before = state.seconds
          state.seconds = max(before, due) + state.chance() * state.model.jitter
          state.done += state.seconds - before
          if state.done >= seconds { state.advance() }
          return .ready
        }
      }
    }
  }

  /// The card reports whole periods, like most cards.
  func position() -> Outcome<CapturePosition> {
    system.state.withLock { state in
      if state.place < state.model.script.count {
        switch state.model.script[state.place] {
        case .overrun(let seconds):
          state.seconds += seconds
          state.advance()
          return .failed(EPIPE)
        case .fails(let code):
          state.advance()
          return .failed(code)
        case .unplug(let seconds):
          state.goneUntil = state.now + UInt64(seconds * 1e9)
          state.advance()
          return .failed(ENODEV)
        case .suspend(let seconds):
          state.seconds += seconds
          state.wakeAttempts = 0
          state.advance()
          return .failed(ESTRPIPE)
        default: break
        }
      }
      let period = state.model.format.period
      let captured = Int((state.seconds - state.start) * state.trueRate + 1e-6) / period * period
      let interrupt = state.start + Double(captured) / state.trueRate
      return .done(
        CapturePosition(
          frames: captured - state.taken,
          timestamp: state.model.hasTimestamps ? min(state.now, UInt64(interrupt * 1e9)) : nil))
    }
  }

  func read(_ block: UnsafeMutableRawBufferPointer, frames: Int) -> Outcome<Int> {
    system.state.withLock { state in
      let format = state.model.format
      for frame in 0..<frames {
        let time = state.start + Double(state.taken + frame) / state.trueRate
        let phase = time.truncatingRemainder(dividingBy: 0.5)
        let value: Float = phase < 0.002 ? 0.8 : 0
        for channel in 0..<format.channels {
          let place = (frame * format.channels + channel) * format.encoding.bytes
          switch format.encoding {
          case .int16:
            block.storeBytes(of: Int16(value * 32767), toByteOffset: place, as: Int16.self)
          case .int32:
            block.storeBytes(
              of: Int32(Double(value) * 2_147_483_647), toByteOffset: place, as: Int32.self)
          case .float: block.storeBytes(of: value, toByteOffset: place, as: Float.self)
          }
        }
      }
      state.taken += frames
      return .done(frames)
    }
  }
}
