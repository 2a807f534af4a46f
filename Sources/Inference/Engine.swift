import Kernels
import Layers

/// Runs networks on all cores. Everything that a pass needs is allocated when the engine is
/// created; after that, a pass allocates nothing, counts no references and takes no lock.
///
/// Each thread takes whole members, the same number each; all threads then share the work of those
/// that are left over. So five members on two cores keep both busy to the end.
final class Engine {
  let networks: [any Network]
  let kernels: KernelSet
  let pool: ThreadPool
  /// nil if no network hears.
  let frontEnd: FrontEnd?
  private let arena: Arena
  private let batch: UnsafeMutablePointer<Batch>
  private let items: UnsafeMutablePointer<BatchItem>
  private let order: UnsafeMutablePointer<Int>
  private let workspaces: UnsafeMutablePointer<EMENetV.Workspace>
  private let pictures: [Checkpoint.InputChannels: UnsafeMutablePointer<Float>]
  private var hearsSilence = false

  var threads: Int { pool.count }

  /// One network's input and output.
  struct BatchItem {
    let pass: EMENetV.Pass
    let input: UnsafePointer<Float>  // an InputImage
    var sound: Sound?
    let state: UnsafeMutablePointer<Float>  // (heads, 128)
    var isFresh = true
    let logits: UnsafeMutablePointer<Float>  // (Heads.logitCount,)

    /// - Parameter reached: called with the index of each completed stage; 0 is the sound
    func forward(
      in workspace: EMENetV.Workspace, _ kernels: Kernels, _ worker: inout Worker,
      reached: (Int) -> Void = { _ in }
    ) {
      sound?.forward(in: workspace, kernels, &worker)
      reached(0)
      pass.forward(
        input, bias: sound.map { UnsafePointer($0.bias) } ?? pass.heads.inputBias, state: state,
        isFresh: isFresh, logits: logits, in: workspace, kernels, &worker
      ) { reached(1 + $0) }
    }
  }

  /// A network's input from sound, shared by all faces of a frame.
  struct Sound {
    let hearing: EMENetVA.Hearing
    let coefficients: SequenceBuffer
    let feature: UnsafeMutablePointer<Float>  // (128,)
    let bias: UnsafeMutablePointer<Float>  // (heads * 384,)
    /// `feature` and `bias` are still those of the previous sound.
    var isStale = true
    /// The next run updates `feature` and `bias`.
    var isDue = false

    /// Schedules an update if the sound has changed since the last run.
    mutating func listen() {
      isDue = isStale
      isStale = false
    }

    func forward(in workspace: EMENetV.Workspace, _ kernels: Kernels, _ worker: inout Worker) {
      guard isDue, let sound = workspace.sound else { return }
      hearing.forward(
        coefficients, feature: feature, bias: bias, in: sound, scratch: workspace.ring, kernels,
        &worker)
    }
  }

  /// A run as the threads see it.
  private struct Batch {
    let items: UnsafePointer<BatchItem>
    let order: UnsafePointer<Int>  // of `items`, `count` of them
    var count = 0
    let workspaces: UnsafePointer<EMENetV.Workspace>
    let kernels: Kernels
    let pool: OpaquePointer
    let threads: Int

    func work(_ thread: Int, from step: UInt32) {
      var worker = Worker(pool: threads > 1 ? pool : nil, step: step)
      let whole = count - count % threads
      if whole > 0 {
        worker.parallelFor(whole) { place in
          var alone = Worker.alone
          items[order[place]].forward(in: workspaces[thread], kernels, &alone)
        }
        worker.barrier()
      }
      // From here on all threads share the first workspace, except for the ring buffers.
      var workspace = workspaces[0]
      workspace.ring = workspaces[thread].ring
      for place in whole..<count { items[order[place]].forward(in: workspace, kernels, &worker) }
    }
  }

  /// - Parameter threads: nil for one per core, at most four: the parts of one image are too small
  ///   for more
  init(networks: [any Network], threads: Int? = nil, kernels: KernelSet = .fastest) {
    self.networks = networks
    self.kernels = kernels
    pool = ThreadPool(count: threads ?? min(ThreadPool.cores, 4))
    let hears = networks.contains { $0.hearing != nil }
    let frontEnd = hears ? FrontEnd(kernels: kernels) : nil
    self.frontEnd = frontEnd
    let perThread = EMENetV.Workspace.bytes + (hears ? MarbleNet.Workspace.bytes : 0)
    let perNetwork =
      4 * (4 * EMENetV.stateSize + Heads.logitCount + MarbleNet.featureSize + Heads.biasCount)
    let perChannels = 4 * (InputImage.size + 16)
    arena = Arena(
      bytes: pool.count * perThread + networks.count * perNetwork + 2 * perChannels)
    workspaces = .allocate(capacity: pool.count)
    for index in 0..<pool.count {
      (workspaces + index).initialize(to: .init(in: arena, hears: hears))
    }
    var pictures: [Checkpoint.InputChannels: UnsafeMutablePointer<Float>] = [:]
    for network in networks where pictures[network.inputChannels] == nil {
      pictures[network.inputChannels] = arena.floats(InputImage.size)
    }
    self.pictures = pictures
    items = .allocate(capacity: networks.count)
    order = .allocate(capacity: networks.count)
    for (index, network) in networks.enumerated() {
      var sound: Sound?
      if let frontEnd, let hearing = network.hearing {
        sound = Sound(
          hearing: hearing, coefficients: frontEnd.coefficients,
          feature: arena.floats(MarbleNet.featureSize), bias: arena.floats(Heads.biasCount))
      }
      (items + index).initialize(
        to: BatchItem(
          pass: network.pass, input: UnsafePointer(pictures[network.inputChannels]!),
          sound: sound, state: arena.floats(4 * EMENetV.stateSize),
          logits: arena.floats(Heads.logitCount)))
    }
    batch = .allocate(capacity: 1)
    batch.initialize(
      to: Batch(
        items: items, order: order, workspaces: workspaces, kernels: kernels.pointer,
        pool: pool.handle,
        threads: pool.count))
    hear(nil)
  }

  deinit {
    pool.settle()
    batch.deallocate()
    items.deallocate()
    order.deallocate()
    workspaces.deallocate()
  }

  /// Converts the image, once for each kind of input channels.
  ///
  /// - Parameter pixels: (112, 112, 3) red, green, blue
  func look(at pixels: [UInt8]) {
    pool.settle()
    for (channels, picture) in pictures { InputImage.fill(picture, with: pixels, channels) }
  }

  /// Sets the sound for all networks and all images until the next call.
  ///
  /// - Parameters:
  ///   - window: (10080,); nil means silence
  ///   - position: see ``FrontEnd/hear(_:at:)``
  func hear(_ window: [Float]?, at position: Int? = nil) {
    guard let frontEnd, window != nil || !hearsSilence else { return }
    hearsSilence = window == nil
    let window = window ?? SoundWindow.silence
    precondition(window.count == SoundWindow.size, "a window of 10080 samples")
    pool.settle()
    window.withUnsafeBufferPointer { frontEnd.hear($0.baseAddress!, at: position) }
    for index in networks.indices { items[index].sound?.isStale = true }
  }

  /// Selects the networks for the next runs.
  ///
  /// - Parameter states: (heads * 128) for each of them; nil starts from 0
  func prepare(_ members: [Int], states: [[Float]?]) {
    pool.settle()
    for (place, member) in members.enumerated() {
      order[place] = member
      items[member].isFresh = states[place] == nil
      items[member].sound?.listen()
      if let state = states[place] { items[member].state.update(from: state, count: state.count) }
    }
    batch.pointee.count = members.count
  }

  /// Runs each prepared network once. A second run continues from the states of the first.
  func run() {
    pool.run(
      { batch, thread, step in
        batch.assumingMemoryBound(to: Batch.self).pointee.work(thread, from: step)
      }, batch)
  }

  /// The GRUs' state after the last run, (heads * 128).
  func state(of member: Int) -> [Float] {
    Array(
      UnsafeBufferPointer(
        start: items[member].state, count: networks[member].headCount * EMENetV.stateSize))
  }

  /// Sound feature of the network's last run, (128,); nil for a network without sound.
  func soundFeature(of member: Int) -> [Float]? {
    items[member].sound.map {
      Array(UnsafeBufferPointer(start: $0.feature, count: MarbleNet.featureSize))
    }
  }

  /// Feature of the network that the first thread ran last, (512,).
  var feature: [Float] {
    Array(UnsafeBufferPointer(start: workspaces[0].feature, count: EMENetV.featureSize))
  }

  /// Logits of the last run: EXPR (7,), AU (12,), VA (40,) and, if present, FA (136,).
  func logits(of member: Int) -> [[Float]] {
    (0..<networks[member].headCount).map { task in
      Array(
        UnsafeBufferPointer(
          start: items[member].logits + Heads.offsets[task], count: Heads.outputs[task]))
    }
  }
}

extension Engine {
  /// Stages of a pass, in order; `walk` reports their indices.
  static let stageNames = ["sound"] + EMENetV.stageNames

  /// Runs the first network once, on this thread alone.
  ///
  /// - Parameter reached: called with the index of each completed stage and the workspace at that
  ///   point
  func walk(_ reached: (Int, EMENetV.Workspace) -> Void) {
    let mode = float_mode_flush()
    defer { float_mode_restore(mode) }
    var worker = Worker.alone
    let workspace = workspaces[0]
    items[0].forward(in: workspace, kernels.pointer, &worker) { reached($0, workspace) }
  }
}
