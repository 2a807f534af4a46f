import AllocationCounter
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Inference
@testable import Layers

private let reached = Atomic(0)
private let isCounting = Atomic(false)

/// Runs the trained members that come with the program.
@Suite struct EngineTests {
  static let checkpoints = [
    "checkpoints/emenet-v-0.safetensors", "checkpoints/emenet-v-1.safetensors",
  ]
  static let pixels: [UInt8] = (0..<112 * 112 * 3).map { UInt8(truncatingIfNeeded: $0 * 31 / 7) }

  private func engine(
    members: Int, threads: Int, _ precision: Precision = .f32
  ) throws -> Engine {
    let networks = try (0..<members).map {
      try EMENetV(Checkpoint.read(Self.checkpoints[$0 % Self.checkpoints.count]), precision)
    }
    let engine = Engine(networks: networks, threads: threads)
    engine.look(at: Self.pixels)
    return engine
  }

  /// Luma goes in once and red, green and blue as three, which are the same where all are equal.
  @Test(arguments: Precision.allCases.filter { KernelSet.fastest.supports($0) })
  func lumaEqualsThreeEqualChannels(_ precision: Precision) throws {
    var checkpoint = try Checkpoint.read(Self.checkpoints[0])
    #expect(checkpoint.inputChannels == .luma)
    let luma = try EMENetV(checkpoint, precision)
    checkpoint.metadata["input_channels"] = "rgb"
    #expect(checkpoint.inputChannels == .rgb)
    let engine = Engine(networks: [luma, try EMENetV(checkpoint, precision)], threads: 1)
    engine.look(at: (0..<112 * 112 * 3).map { UInt8(truncatingIfNeeded: $0 / 3 * 31 / 7) })
    engine.prepare([0, 1], states: [nil, nil])
    engine.run()
    let (one, three) = (engine.logits(of: 0).joined(), engine.logits(of: 1).joined())
    let worst = zip(one, three).map { abs($0 - $1) }.max()!
    #expect(worst < (precision == .f32 ? 1e-3 : 0.1), "\(worst)")
  }

  /// Serial, since the tests share a counter; with sound if ../shared is available.
  @Test(
    .serialized, .enabled(if: allocation_count_works(), "allocations cannot be counted here"),
    arguments: Shared.isPresent ? [false, true] : [false])
  func aPassAllocatesNothing(withSound: Bool) throws {
    guard withSound else {
      for precision in Precision.allCases where KernelSet.fastest.supports(precision) {
        let engine = try engine(members: 3, threads: 2, precision)
        for face in 1...2 { engine.look(at: Self.pixels, face: face) }
        expectNoAllocation(of: engine, faces: 3)
      }
      return
    }
    let checkpoint = try Checkpoint.read(Shared.voiceCheckpoint)
    let networks = try [checkpoint, checkpoint, checkpoint].networks()
    let engine = Engine(networks: networks, threads: 2)
    engine.look(at: Self.pixels)
    let window = SoundWindow.silence.indices.map { Float($0 % 97) / 97 }
    expectNoAllocation(of: engine) {
      engine.hear(window)
      engine.hear(window, at: 0)
      engine.hear(window, at: 480)
      engine.hear(nil)
    }
  }

  private func expectNoAllocation(of engine: Engine, faces: Int = 1, _ work: () -> Void = {}) {
    let state = [Float](repeating: 0.5, count: 4 * 128)
    engine.prepare(
      (0..<3).flatMap { member in
        (0..<faces).map { Engine.Job(member: member, face: $0, state: state) }
      })
    countAllocations(on: engine.pool, true)
    let before = allocation_count(allocations_of_a_pool)
    for alone in [false, true, false] {
      work()
      engine.run(alone: alone)
    }
    let after = allocation_count(allocations_of_a_pool)
    let proof = [Int](repeating: 1, count: .random(in: 1000...2000))
    #expect(allocation_count(allocations_of_a_pool) > after, "the counter counts \(proof.count)")
    countAllocations(on: engine.pool, false)
    #expect(after == before)
  }

  /// Runs on both threads of the pool: each takes one piece and keeps it until the other has one.
  private func countAllocations(on pool: ThreadPool, _ on: Bool) {
    reached.store(0, ordering: .sequentiallyConsistent)
    isCounting.store(on, ordering: .sequentiallyConsistent)
    pool.run(
      { pool, _, step in
        var worker = Worker(pool: OpaquePointer(pool), step: step)
        worker.parallelFor(2) { _ in
          let isCounted = isCounting.load(ordering: .sequentiallyConsistent)
          allocation_count_here(isCounted ? allocations_of_a_pool : allocations_of_nobody)
          reached.add(1, ordering: .sequentiallyConsistent)
          while reached.load(ordering: .sequentiallyConsistent) < 2 { sched_yield() }
        }
        worker.barrier()
      }, UnsafeMutableRawPointer(pool.handle))
  }

  @Test(arguments: [1, 2, 3, 4], [1, 2, 3, 5])
  func threadsChangeNothing(threads: Int, members: Int) throws {
    let alone = try engine(members: 1, threads: 1)
    let together = try engine(members: members, threads: threads)
    for states in [nil, [Float](repeating: 0.25, count: 4 * 128)] {
      alone.prepare([0], states: [states])
      alone.run()
      for isOnOneThread in [false, true] {
        together.prepare(Array(0..<members), states: .init(repeating: states, count: members))
        together.run(alone: isOnOneThread)
        for member in stride(from: 0, to: members, by: Self.checkpoints.count) {
          #expect(alone.logits(of: 0) == together.logits(of: member))
          #expect(alone.state(of: 0) == together.state(of: member))
        }
      }
    }
  }

  @Test(arguments: Precision.allCases.filter(KernelSet.fastest.supports), [1, 2, 3])
  func facesTogetherAreThoseAlone(precision: Precision, threads: Int) throws {
    let together = try engine(members: 2, threads: threads, precision)
    let alone = try engine(members: 2, threads: 1, precision)
    let states = (0..<3).map { [Float](repeating: 0.2 * Float($0), count: 4 * 128) }
    func pixels(_ face: Int) -> [UInt8] { Self.pixels.map { $0 &+ UInt8(40 * face) } }
    for face in 0..<3 { together.look(at: pixels(face), face: face) }
    together.prepare(
      (0..<2).flatMap { member in
        (0..<3).map { Engine.Job(member: member, face: $0, state: states[$0]) }
      })
    together.run()
    for face in 0..<3 {
      alone.look(at: pixels(face))
      alone.prepare([0, 1], states: [states[face], states[face]])
      alone.run()
      for member in 0..<2 {
        #expect(together.logits(of: member, face: face) == alone.logits(of: member))
        #expect(together.state(of: member, face: face) == alone.state(of: member))
      }
    }
    #expect(together.logits(of: 0, face: 1) != together.logits(of: 0, face: 2))
  }

  @Test func aPoolStartsAndEndsOften() {
    for threads in 1...6 {
      for _ in 0..<20 { _ = ThreadPool(count: threads) }
    }
  }

  @Test func whatDoesNotFitTheNetworkIsNamed() throws {
    var tensors = try Checkpoint.read(Self.checkpoints[0]).tensors
    tensors["backbone.conv1.prelu.weight"] = nil
    tensors["extra"] = Tensor(shape: [1], values: [0])
    tensors["tmodels.0.decoder.bias"] = Tensor(shape: [8], values: .init(repeating: 0, count: 8))
    let damaged = Checkpoint(path: "damaged", tensors: tensors)
    let mismatch = CheckpointError.Mismatch(
      missing: ["backbone.conv1.prelu.weight"], unexpected: ["extra"],
      misshapen: [.init(name: "tmodels.0.decoder.bias", expected: [7], found: [8])])
    #expect(throws: CheckpointError("damaged", .mismatch(mismatch))) { try EMENetV(damaged) }
  }

  /// The estimate is a product with the feature, whatever else runs; nothing else depends on it.
  @Test(arguments: Precision.allCases.filter(KernelSet.fastest.supports), [1, 3])
  func coverIsReadFromTheFeature(precision: Precision, threads: Int) throws {
    var checkpoint = try Checkpoint.read(Self.checkpoints[0])
    let weight = (0..<512).map { Float($0 % 7) / 7 - 0.4 }
    checkpoint.tensors["cover.weight"] = Tensor(shape: [1, 512], values: weight)
    checkpoint.tensors["cover.bias"] = Tensor(shape: [1], values: [0.5])
    var plain = checkpoint
    for name in ["cover.weight", "cover.bias"] { plain.tensors[name] = nil }
    let engine = Engine(
      networks: try [checkpoint, plain].networks(precision), threads: threads)
    engine.look(at: Self.pixels)
    for order in [[1, 0], [0, 1]] {
      engine.prepare(order, states: [nil, nil])
      engine.run()
      #expect(engine.logits(of: 0) == engine.logits(of: 1))
    }
    #expect(engine.cover(of: 1) == nil)
    engine.prepare([0], states: [nil])
    engine.run()
    let expected = zip(weight, engine.feature).reduce(Float(0.5)) { $0 + $1.0 * $1.1 }
    #expect(abs(try #require(engine.cover(of: 0)) - expected) < 1e-3)

    checkpoint.tensors["cover.bias"] = nil
    #expect(throws: CheckpointError.self) { try EMENetV(checkpoint, precision) }
  }

  /// Members without the estimate do not count; without any there is none.
  @Test func coverIsTheMeanOfThoseWhoEstimateIt() async throws {
    var members = try Self.checkpoints.map { try Checkpoint.read($0) }
    for index in members.indices {
      members[index].tensors["cover.weight"] = Tensor(
        shape: [1, 512], values: .init(repeating: 0, count: 512))
      members[index].tensors["cover.bias"] = Tensor(shape: [1], values: [Float(index) + 1])
    }
    func cover(_ members: [Checkpoint]) throws -> Float? {
      try Ensemble(members: members, temporal: .reset, threads: 1).estimate(Self.pixels).cover
    }
    #expect(try cover(members) == 1.5)
    for name in ["cover.weight", "cover.bias"] { members[0].tensors[name] = nil }
    #expect(try cover(members) == 2)
    for name in ["cover.weight", "cover.bias"] { members[1].tensors[name] = nil }
    #expect(try cover(members) == nil)
  }

  @Test func membersTakeTurns() async throws {
    let members = try Self.checkpoints.map { try Checkpoint.read($0) }
    let ensemble = try Ensemble(members: members, temporal: .carry, threads: 1)
    let other = Self.pixels.map { 255 - $0 }
    let first = ensemble.estimate(Self.pixels, running: 0..<1)
    #expect(first.members.count == 2, "a member that has said nothing runs in any case")
    let second = ensemble.estimate(other, state: first.state, running: 1..<2)
    let all = ensemble.estimate(other, state: first.state)
    #expect(second.members[0] == first.members[0])
    #expect(second.members[1] == all.members[1])
    #expect(second.members[0] != all.members[0])
    #expect(second.state.members[0]?.hidden == first.state.members[0]?.hidden)
    #expect(second.landmarks == all.state.members[1]?.outputs.landmarks)
    let mean = zip(second.members[0].actionUnits, second.members[1].actionUnits).map {
      ($0.probability + $1.probability) / 2
    }
    #expect(zip(mean, second.emotion.actionUnits).allSatisfy { abs($0 - $1.probability) < 1e-6 })
  }

  @Test func stateIsTheFacesOwn() async throws {
    let members = [try Checkpoint.read(Self.checkpoints[0])]
    let ensemble = try Ensemble(members: members, temporal: .carry)
    let reset = try Ensemble(members: members, temporal: .reset)
    let first = ensemble.estimate(Self.pixels)
    let carried = ensemble.estimate(Self.pixels, state: first.state)
    let again = ensemble.estimate(Self.pixels, state: first.state)
    #expect(carried.emotion == again.emotion)
    #expect(carried.emotion != first.emotion)
    #expect(reset.estimate(Self.pixels, state: first.state).emotion == first.emotion)
  }

  /// A crop moves from frame to frame, so landmarks used for tracking must not carry state.
  @Test(arguments: [true, false])
  func landmarksAreOfTheFrameAlone(followsFaces: Bool) async throws {
    var member = try Checkpoint.read(Self.checkpoints[0])
    member.metadata["landmarks"] = followsFaces ? "detector box" : nil
    let ensemble = try Ensemble(members: [member], temporal: .carry)
    let first = ensemble.estimate(Self.pixels)
    let carried = ensemble.estimate(Self.pixels, state: first.state)
    let offset = zip(carried.landmarks, first.landmarks).map {
      max(abs($0.x - $1.x), abs($0.y - $1.y))
    }.max()
    #expect(offset.map { $0 < 1e-6 } == followsFaces)
  }
}
