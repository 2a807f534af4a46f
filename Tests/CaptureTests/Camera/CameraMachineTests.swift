import Testing

@testable import Capture

/// Rows 3 to 6 of the promises, on a fake clock.
@Suite struct CameraMachineTests {
  typealias Step = (
    at: Double, event: CameraMachine.Event, does: CameraMachine.Step, state: CameraMachine.State
  )
  static let absent = CameraError.noDevice(tried: [])

  private func expect(_ steps: [Step], reconnect: Double = 30) {
    var machine = CameraMachine(device: "D", reconnectSeconds: reconnect)
    #expect(machine.step(after: .start, at: 0) == .open)
    for step in steps {
      let done = machine.step(after: step.event, at: step.at)
      #expect(done == step.does, "\(step.event) at \(step.at)")
      #expect(machine.state == step.state, "\(step.event) at \(step.at)")
    }
  }

  @Test func row1_doesNotRetryACameraThatNeverOpened() {
    for error in [Self.absent, .busy(device: "D"), .noPermission(device: "D")] {
      expect([(0, .openFailed(error), .end(error), .ended)])
    }
  }

  @Test func row3_restartsAStallOnceThenReopens() {
    expect([
      (0, .opened, .capture(until: 2), .streaming),
      (1, .picture, .capture(until: 3), .streaming),
      (3, .silence, .restart, .stalled),
      (3, .restarted, .capture(until: 5), .stalled),
      (5, .silence, .open, .stalled),
      (6, .opened, .capture(until: 8), .stalled),
      (7, .picture, .capture(until: 9), .streaming),
      (9, .silence, .restart, .stalled),
    ])
  }

  @Test func row3_givesASilentCameraUpWhenItsTimeIsOver() {
    expect(
      [
        (0, .opened, .capture(until: 2), .streaming),
        (2, .silence, .restart, .stalled),
        (2, .restarted, .capture(until: 4), .stalled),
        (4, .silence, .open, .stalled),
        (4, .opened, .capture(until: 6), .stalled),
        (6, .silence, .restart, .stalled),
        (6, .restarted, .capture(until: 8), .stalled),
        (8, .silence, .wait(until: 8.5), .stalled),
        (8.5, .waited, .open, .stalled),
        (8.5, .opened, .capture(until: 10.5), .stalled),
        (10.5, .silence, .restart, .stalled),
        (10.5, .failed, .open, .opening),
        (
          10.5, .openFailed(Self.absent), .end(.lost(device: "D", afterSeconds: 10.5)), .ended
        ),
      ], reconnect: 10)
  }

  @Test func row4_waitsForALostCameraAndGoesOn() {
    expect([
      (0, .opened, .capture(until: 2), .streaming),
      (10, .picture, .capture(until: 12), .streaming),
      (11, .gone, .wait(until: 11.5), .lost),
      (11.5, .waited, .open, .lost),
      (11.5, .openFailed(.busy(device: "D")), .wait(until: 12), .lost),
      (39.8, .openFailed(Self.absent), .wait(until: 40), .lost),
      (40, .waited, .open, .lost),
      (40, .opened, .capture(until: 42), .streaming),
      (41, .picture, .capture(until: 43), .streaming),
      (42, .gone, .wait(until: 42.5), .lost),
    ])
  }

  @Test(arguments: [0, 0.2, 3, 30] as [Double])
  func row4_endsWhenTheTimeToReconnectIsOver(reconnect: Double) {
    var machine = CameraMachine(device: "D", reconnectSeconds: reconnect)
    _ = machine.step(after: .start, at: 0)
    _ = machine.step(after: .opened, at: 0)
    _ = machine.step(after: .picture, at: 5)
    var now = 5.0
    var attempts = 0
    var step = machine.step(after: .gone, at: now)
    while true {
      if case .wait(let until) = step {
        #expect(until > now && until <= 5 + reconnect)
        now = until
        #expect(machine.step(after: .waited, at: now) == .open)
        attempts += 1
        step = machine.step(after: .openFailed(Self.absent), at: now)
      } else {
        break
      }
    }
    guard case .end(.lost(device: "D", let seconds)) = step else {
      Issue.record("it ends lost: \(step)")
      return
    }
    #expect(abs(seconds - reconnect) < 1e-9)
    // It must not retry in a tight loop.
    #expect(attempts <= Int(reconnect * 2) + 1)
  }

  @Test func row5_reopensAfterThreeSecondsOfDamage() {
    var steps: [Step] = [(0, .opened, .capture(until: 2), .streaming)]
    for tenth in 0..<30 {
      let now = Double(tenth) / 10
      steps.append((now, .damaged, .capture(until: now + 2), .streaming))
    }
    steps.append((3, .damaged, .open, .opening))
    steps.append((3, .opened, .capture(until: 5), .streaming))
    // One good picture ends the series of damaged ones.
    steps.append((3, .damaged, .capture(until: 5), .streaming))
    steps.append((5, .picture, .capture(until: 7), .streaming))
    steps.append((6.5, .damaged, .capture(until: 8.5), .streaming))
    expect(steps)
  }

  @Test func row6_reopensAStreamThatFailsWithoutAStorm() {
    expect([
      (0, .opened, .capture(until: 2), .streaming),
      (1, .picture, .capture(until: 3), .streaming),
      (1, .failed, .open, .opening),
      (1, .opened, .capture(until: 3), .streaming),
      (1, .failed, .wait(until: 1.5), .lost),
      (1.5, .waited, .open, .lost),
    ])
  }
}
