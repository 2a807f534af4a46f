import Kernels

/// Runs networks on the cores. Everything that a pass needs is planned when the engine is made;
/// after that a pass allocates nothing, counts no references and takes no lock.
///
/// Threads take whole members; those that are left over when every thread has had the same number
/// are cut up among all. So five members on two cores keep both busy to the end.
final class Engine {
  let networks: [any Network]
  let kernels: KernelSet
  let crew: Crew
  /// nil where no network hears.
  let frontEnd: FrontEnd?
  private let slab: Slab
  private let round: UnsafeMutablePointer<Round>
  private let turns: UnsafeMutablePointer<Turn>
  private let order: UnsafeMutablePointer<Int>
  private let arenas: UnsafeMutablePointer<EMENetV.Arena>
  private let pictures: [Checkpoint.InputChannels: UnsafeMutablePointer<Float>]
  private var hearsSilence = false

  var threads: Int { crew.count }

  /// One network's input and output.
  struct Turn {
    let pass: EMENetV.Pass
    let input: UnsafePointer<Float>  // a Picture
    var sound: Sound?
    let state: UnsafeMutablePointer<Float>  // (heads, 128)
    var isFresh = true
    let logits: UnsafeMutablePointer<Float>  // (Heads.logitCount,)

    /// - Parameter reached: is told the index of each stage when it is done, 0 for the sound's
    func forward(
      in arena: EMENetV.Arena, _ kernels: Kernels, _ share: inout Share,
      reached: (Int) -> Void = { _ in }
    ) {
      sound?.forward(in: arena, kernels, &share)
      reached(0)
      pass.forward(
        input, bias: sound.map { UnsafePointer($0.bias) } ?? pass.heads.inputBias, state: state,
        isFresh: isFresh, logits: logits, in: arena, kernels, &share
      ) { reached(1 + $0) }
    }
  }

  /// What a network hears, for all faces of a frame.
  struct Sound {
    let hearing: EMENetVA.Hearing
    let coefficients: Strip
    let feature: UnsafeMutablePointer<Float>  // (128,)
    let bias: UnsafeMutablePointer<Float>  // (heads * 384,)
    /// `feature` and `bias` are still those of the sound before.
    var isStale = true
    /// The run brings them up to date.
    var isDue = false

    /// The next run is the first with a new sound, or it is not.
    mutating func listen() {
      isDue = isStale
      isStale = false
    }

    func forward(in arena: EMENetV.Arena, _ kernels: Kernels, _ share: inout Share) {
      guard isDue, let sound = arena.sound else { return }
      hearing.forward(
        coefficients, feature: feature, bias: bias, in: sound, scratch: arena.ring, kernels, &share)
    }
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
          turns[order[place]].forward(in: arenas[thread], kernels, &alone)
        }
        share.meet()
      }
      // The first arena serves all threads now, but for the rings.
      var arena = arenas[0]
      arena.ring = arenas[thread].ring
      for place in whole..<count { turns[order[place]].forward(in: arena, kernels, &share) }
    }
  }

  /// - Parameter threads: nil for every core of a small machine; the parts of one picture are too
  ///   small for more than four
  init(networks: [any Network], threads: Int? = nil, kernels: KernelSet = .fastest) {
    self.networks = networks
    self.kernels = kernels
    crew = Crew(count: threads ?? min(Crew.cores, 4))
    let hears = networks.contains { $0.hearing != nil }
    let frontEnd = hears ? FrontEnd(kernels: kernels) : nil
    self.frontEnd = frontEnd
    let perThread = EMENetV.Arena.bytes + (hears ? MarbleNet.Arena.bytes : 0)
    let perNetwork =
      4 * (4 * EMENetV.stateSize + Heads.logitCount + MarbleNet.featureSize + Heads.biasCount)
    let perChannels = 4 * (Picture.size + 16)
    slab = Slab(
      bytes: crew.count * perThread + networks.count * perNetwork + 2 * perChannels)
    arenas = .allocate(capacity: crew.count)
    for index in 0..<crew.count {
      (arenas + index).initialize(to: .init(in: slab, hears: hears))
    }
    var pictures: [Checkpoint.InputChannels: UnsafeMutablePointer<Float>] = [:]
    for network in networks where pictures[network.inputChannels] == nil {
      pictures[network.inputChannels] = slab.floats(Picture.size)
    }
    self.pictures = pictures
    turns = .allocate(capacity: networks.count)
    order = .allocate(capacity: networks.count)
    for (index, network) in networks.enumerated() {
      var sound: Sound?
      if let frontEnd, let hearing = network.hearing {
        sound = Sound(
          hearing: hearing, coefficients: frontEnd.coefficients,
          feature: slab.floats(MarbleNet.featureSize), bias: slab.floats(Heads.biasCount))
      }
      (turns + index).initialize(
        to: Turn(
          pass: network.pass, input: UnsafePointer(pictures[network.inputChannels]!),
          sound: sound, state: slab.floats(4 * EMENetV.stateSize),
          logits: slab.floats(Heads.logitCount)))
    }
    round = .allocate(capacity: 1)
    round.initialize(
      to: Round(
        turns: turns, order: order, arenas: arenas, kernels: kernels.pointer, crew: crew.crew,
        threads: crew.count))
    hear(nil)
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

  /// Takes a sound in, once for all networks and for all pictures until the next one.
  ///
  /// - Parameters:
  ///   - window: (10080,); nil is silence
  ///   - position: see ``FrontEnd/hear(_:at:)``
  func hear(_ window: [Float]?, at position: Int? = nil) {
    guard let frontEnd, window != nil || !hearsSilence else { return }
    hearsSilence = window == nil
    let window = window ?? SoundWindow.silence
    precondition(window.count == SoundWindow.size, "a window of 10080 samples")
    crew.settle()
    window.withUnsafeBufferPointer { frontEnd.hear($0.baseAddress!, at: position) }
    for index in networks.indices { turns[index].sound?.isStale = true }
  }

  /// Chooses the networks of the next runs.
  ///
  /// - Parameter states: (heads * 128) for each of them; nil starts from 0
  func prepare(_ members: [Int], states: [[Float]?]) {
    crew.settle()
    for (place, member) in members.enumerated() {
      order[place] = member
      turns[member].isFresh = states[place] == nil
      turns[member].sound?.listen()
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

  /// (128,) of the sound that the network last ran with; nil for one that does not hear
  func soundFeature(of member: Int) -> [Float]? {
    turns[member].sound.map {
      Array(UnsafeBufferPointer(start: $0.feature, count: MarbleNet.featureSize))
    }
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
  /// What a pass goes through, in order; a stage's index is what `walk` reports.
  static let stageNames = ["sound"] + EMENetV.stageNames

  /// One pass of the first network on this thread alone.
  ///
  /// - Parameter reached: is told each stage's index and what is left in the arena then
  func walk(_ reached: (Int, EMENetV.Arena) -> Void) {
    let mode = float_mode_flush()
    defer { float_mode_restore(mode) }
    var share = Share.whole
    let arena = arenas[0]
    turns[0].forward(in: arena, kernels.pointer, &share) { reached($0, arena) }
  }
}
