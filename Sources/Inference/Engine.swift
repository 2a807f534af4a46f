import Kernels

/// Runs networks on the cores. Everything that a pass needs is planned when the engine is made;
/// after that a pass allocates nothing, counts no references and takes no lock.
///
/// Threads take whole members; those that are left over when every thread has had the same number
/// are cut up among all. So five members on two cores keep both busy to the end.
final class Engine {
  let networks: [EMENetV]
  let kernels: KernelSet
  let crew: Crew
  private let slab: Slab
  private let round: UnsafeMutablePointer<Round>
  private let turns: UnsafeMutablePointer<Turn>
  private let order: UnsafeMutablePointer<Int>
  private let arenas: UnsafeMutablePointer<EMENetV.Arena>
  private let pictures: [Checkpoint.InputChannels: UnsafeMutablePointer<Float>]

  var threads: Int { crew.count }

  /// One network's input and output.
  struct Turn {
    let pass: EMENetV.Pass
    let input: UnsafePointer<Float>  // a Picture
    let state: UnsafeMutablePointer<Float>  // (heads, 128)
    var isFresh = true
    let logits: UnsafeMutablePointer<Float>  // (Heads.logitCount,)
  }

  /// What the threads see of a run.
  private struct Round {
    let turns: UnsafePointer<Turn>
    let order: UnsafePointer<Int>  // of `turns`, `count` of them
    var count = 0
    let arenas: UnsafePointer<EMENetV.Arena>
    let kernels: Kernels
    let crew: OpaquePointer
    let threads: Int

    func work(_ thread: Int, from step: UInt32) {
      var share = Share(crew: threads > 1 ? crew : nil, step: step)
      let whole = count - count % threads
      if whole > 0 {
        share.eachPiece(of: whole) { place in
          var alone = Share.whole
          forward(turns[order[place]], in: arenas[thread], &alone)
        }
        share.meet()
      }
      // The first arena serves all threads now, but for the rings.
      var arena = arenas[0]
      arena.ring = arenas[thread].ring
      for place in whole..<count { forward(turns[order[place]], in: arena, &share) }
    }

    private func forward(_ turn: Turn, in arena: EMENetV.Arena, _ share: inout Share) {
      turn.pass.forward(
        turn.input, state: turn.state, isFresh: turn.isFresh, logits: turn.logits, in: arena,
        kernels, &share)
    }
  }

  /// - Parameter threads: nil for every core of a small machine; the parts of one picture are too
  ///   small for more than four
  init(networks: [EMENetV], threads: Int? = nil, kernels: KernelSet = .fastest) {
    self.networks = networks
    self.kernels = kernels
    crew = Crew(count: threads ?? min(Crew.cores, 4))
    let perNetwork = 4 * (4 * EMENetV.stateSize + Heads.logitCount)
    let perChannels = 4 * (Picture.size + 16)
    slab = Slab(
      bytes: crew.count * EMENetV.Arena.bytes + networks.count * perNetwork + 2 * perChannels)
    arenas = .allocate(capacity: crew.count)
    for index in 0..<crew.count { (arenas + index).initialize(to: .init(in: slab)) }
    var pictures: [Checkpoint.InputChannels: UnsafeMutablePointer<Float>] = [:]
    for network in networks where pictures[network.inputChannels] == nil {
      pictures[network.inputChannels] = slab.floats(Picture.size)
    }
    self.pictures = pictures
    turns = .allocate(capacity: networks.count)
    order = .allocate(capacity: networks.count)
    for (index, network) in networks.enumerated() {
      (turns + index).initialize(
        to: Turn(
          pass: network.pass, input: UnsafePointer(pictures[network.inputChannels]!),
          state: slab.floats(4 * EMENetV.stateSize), logits: slab.floats(Heads.logitCount)))
    }
    round = .allocate(capacity: 1)
    round.initialize(
      to: Round(
        turns: turns, order: order, arenas: arenas, kernels: kernels.pointer, crew: crew.crew,
        threads: crew.count))
  }

  deinit {
    crew.settle()
    round.deallocate()
    turns.deallocate()
    order.deallocate()
    arenas.deallocate()
  }

  /// Takes the picture in, once for all networks that see it alike.
  ///
  /// - Parameter pixels: (112, 112, 3) red, green, blue
  func look(at pixels: [UInt8]) {
    crew.settle()
    for (channels, picture) in pictures { Picture.fill(picture, with: pixels, channels) }
  }

  /// Chooses the networks of the next runs.
  ///
  /// - Parameter states: (heads * 128) for each of them; nil starts from 0
  func prepare(_ members: [Int], states: [[Float]?]) {
    crew.settle()
    for (place, member) in members.enumerated() {
      order[place] = member
      turns[member].isFresh = states[place] == nil
      if let state = states[place] { turns[member].state.update(from: state, count: state.count) }
    }
    round.pointee.count = members.count
  }

  /// One pass of each network that was prepared; a second run goes on from the first one's states.
  func run() {
    crew.run(
      { round, thread, step in
        round.assumingMemoryBound(to: Round.self).pointee.work(thread, from: step)
      }, round)
  }

  /// (heads * 128) the GRUs' state after the last run.
  func state(of member: Int) -> [Float] {
    Array(
      UnsafeBufferPointer(
        start: turns[member].state, count: networks[member].headCount * EMENetV.stateSize))
  }

  /// (512,) of the network that the first thread ran last
  var feature: [Float] {
    Array(UnsafeBufferPointer(start: arenas[0].feature, count: EMENetV.featureSize))
  }

  /// The logits of EXPR (7,), AU (12,), VA (40,) and perhaps FA (136,) of the last run.
  func logits(of member: Int) -> [[Float]] {
    (0..<networks[member].headCount).map { task in
      Array(
        UnsafeBufferPointer(
          start: turns[member].logits + Heads.offsets[task], count: Heads.outputs[task]))
    }
  }
}

extension Engine {
  /// One pass of the first network on this thread alone.
  ///
  /// - Parameter reached: is told each stage's index and what is left in the arena then
  func walk(_ reached: (Int, EMENetV.Arena) -> Void) {
    let mode = float_mode_flush()
    defer { float_mode_restore(mode) }
    var share = Share.whole
    let turn = turns[0]
    let arena = arenas[0]
    turn.pass.forward(
      turn.input, state: turn.state, isFresh: turn.isFresh, logits: turn.logits, in: arena,
      kernels.pointer, &share
    ) { reached($0, arena) }
  }
}
