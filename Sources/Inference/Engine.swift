import Kernels
import Layers
import Runtime

/// Runs networks on all cores or one, on all faces of a frame at once. Everything that a pass needs is
/// allocated when the engine is created, or when a frame has more faces than any before; after
/// that, a pass allocates nothing, counts no references and takes no lock.
///
/// A job is one member on one face. Each thread takes whole jobs, the same number each; all
/// threads then share the work of those that are left over. So four faces with five members, or one
/// face with five, keep two cores busy to the end. A member's jobs follow each other, so that its
/// weights stay in the cache from face to face.
final class Engine {
  let networks: [any Network]
  let kernels: KernelSet
  let pool: ThreadPool
  /// nil if no network hears.
  let frontEnd: FrontEnd?
  private let arena: Arena
  private let batch: UnsafeMutablePointer<Batch>
  private let sounds: UnsafeMutablePointer<Sound?>  // one for each network
  private let workspaces: UnsafeMutablePointer<EMENetV.Workspace>
  private var faces: [Face] = []
  private var hearsSilence = false

  var threads: Int { pool.count }

  /// What one face needs.
  private struct Face {
    let arena: Arena
    let pictures: [Checkpoint.InputChannels: UnsafeMutablePointer<Float>]
    var items: [BatchItem]  // one for each network
  }

  /// A member on a face, for the next run.
  struct Job {
    var member: Int
    var face = 0
    /// (heads * 128); nil starts from 0
    var state: [Float]?
  }

  /// One network's input and output for one face.
  struct BatchItem {
    let pass: EMENetV.Pass
    let input: UnsafePointer<Float>  // an InputImage
    let bias: UnsafePointer<Float>  // (heads * 384,) of the heads' input
    let state: UnsafeMutablePointer<Float>  // (heads, 128)
    var isFresh = true
    let logits: UnsafeMutablePointer<Float>  // (Heads.logitCount,)

    /// - Parameter reached: called with the index of each completed stage
    func forward(
      in workspace: EMENetV.Workspace, _ kernels: Kernels, _ worker: inout Worker,
      reached: (Int) -> Void = { _ in }
    ) {
      pass.forward(
        input, bias: bias, state: state, isFresh: isFresh, logits: logits, in: workspace, kernels,
        &worker, reached: reached)
    }
  }

  /// A run as the threads see it.
  private struct Batch {
    var items: UnsafeMutablePointer<BatchItem>  // those of the jobs, `count` of them
    var count = 0
    let sounds: UnsafePointer<Sound?>
    let networks: Int
    let workspaces: UnsafePointer<EMENetV.Workspace>
    let kernels: Kernels
    let pool: OpaquePointer
    /// That do the next run together
    var threads: Int

    func work(_ thread: Int, from step: UInt32) {
      var worker = Worker(
        pool: threads > 1 ? pool : nil, step: step, thread: thread, threads: threads)
      deal(networks, thread, &worker) { network, workspace, worker in
        sounds[network]?.forward(in: workspace, kernels, &worker)
      }
      deal(count, thread, &worker) { job, workspace, worker in
        items[job].forward(in: workspace, kernels, &worker)
      }
    }

    /// Gives each thread whole pieces, and has all threads share the rest.
    @inline(__always)
    private func deal(
      _ total: Int, _ thread: Int, _ worker: inout Worker,
      _ body: (Int, EMENetV.Workspace, inout Worker) -> Void
    ) {
      let whole = total - total % threads
      if whole > 0 {
        worker.parallelFor(whole) { piece in
          var alone = Worker.alone
          body(piece, workspaces[thread], &alone)
        }
        worker.barrier()
      }
      // From here on all threads share the first workspace, except for the ring buffers.
      var workspace = workspaces[0]
      workspace.ring = workspaces[thread].ring
      for piece in whole..<total { body(piece, workspace, &worker) }
    }
  }

  /// - Parameter threads: nil for one per core, at most four: the parts of one image are too small
  ///   for more
  init(networks: [any Network], threads: Int? = nil, kernels: KernelSet = .fastest) {
    self.networks = networks
    self.kernels = kernels
    pool = ThreadPool(count: threads ?? min(usableCores(), 4))
    let hears = networks.contains { $0.hearing != nil }
    let frontEnd = hears ? FrontEnd(kernels: kernels) : nil
    self.frontEnd = frontEnd
    let perThread = EMENetV.Workspace.bytes + (hears ? MarbleNet.Workspace.bytes : 0)
    let perNetwork = 4 * (MarbleNet.featureSize + Heads.biasCount)
    arena = Arena(bytes: pool.count * perThread + networks.count * perNetwork)
    workspaces = .allocate(capacity: pool.count)
    for index in 0..<pool.count {
      (workspaces + index).initialize(to: .init(in: arena, hears: hears))
    }
    sounds = .allocate(capacity: networks.count)
    for (index, network) in networks.enumerated() {
      var sound: Sound?
      if let frontEnd, let hearing = network.hearing {
        sound = Sound(
          hearing: hearing, coefficients: frontEnd.coefficients,
          feature: arena.floats(MarbleNet.featureSize), bias: arena.floats(Heads.biasCount))
      }
      (sounds + index).initialize(to: sound)
    }
    batch = .allocate(capacity: 1)
    batch.initialize(
      to: Batch(
        items: .allocate(capacity: 0), sounds: sounds, networks: hears ? networks.count : 0,
        workspaces: workspaces, kernels: kernels.pointer, pool: pool.handle, threads: pool.count))
    makeRoom(faces: 1)
    hear(nil)
  }

  deinit {
    pool.settle()
    batch.pointee.items.deallocate()
    batch.deallocate()
    sounds.deallocate()
    workspaces.deallocate()
  }

  private func makeRoom(faces count: Int) {
    guard count > faces.count else { return }
    pool.settle()
    while faces.count < count { faces.append(face()) }
    batch.pointee.items.deallocate()
    batch.pointee.items = .allocate(capacity: count * networks.count)
    batch.pointee.count = 0
  }

  private func face() -> Face {
    let perNetwork = 4 * (4 * EMENetV.stateSize + Heads.logitCount)
    let arena = Arena(
      bytes: networks.count * perNetwork + 4 * (InputImage.size(1) + InputImage.size(3) + 32))
    var pictures: [Checkpoint.InputChannels: UnsafeMutablePointer<Float>] = [:]
    for network in networks where pictures[network.inputChannels] == nil {
      pictures[network.inputChannels] = arena.floats(
        InputImage.size(InputImage.channels(network.inputChannels)))
    }
    let items = networks.enumerated().map { index, network in
      BatchItem(
        pass: network.pass, input: UnsafePointer(pictures[network.inputChannels]!),
        bias: sounds[index].map { UnsafePointer($0.bias) } ?? network.pass.heads.inputBias,
        state: arena.floats(4 * EMENetV.stateSize), logits: arena.floats(Heads.logitCount))
    }
    return Face(arena: arena, pictures: pictures, items: items)
  }

  /// Converts a face's image, once for each kind of input channels.
  ///
  /// - Parameter pixels: (112, 112, 3) red, green, blue
  func look(at pixels: [UInt8], face: Int = 0) {
    makeRoom(faces: face + 1)
    pool.settle()
    for (channels, picture) in faces[face].pictures {
      InputImage.fill(picture, with: pixels, channels)
    }
  }

  /// Sets the sound for all networks and all images until the next call.
  ///
  /// - Parameters:
  ///   - window: (10080,); nil means silence
  ///   - position: see ``FrontEnd/hear(_:at:)``
  ///   - presence: see ``Ensemble/hear(_:at:presence:)``
  func hear(_ window: [Float]?, at position: Int? = nil, presence: Float = 1) {
    guard let frontEnd, window != nil || !hearsSilence else { return }
    hearsSilence = window == nil
    let window = window ?? SoundWindow.silence
    precondition(window.count == SoundWindow.size, "a window of 10080 samples")
    pool.settle()
    window.withUnsafeBufferPointer { frontEnd.hear($0.baseAddress!, at: position) }
    for index in networks.indices {
      sounds[index]?.isStale = true
      sounds[index]?.presence = hearsSilence ? 0 : presence
    }
  }

  /// Selects the jobs of the next runs, those of a member one after another.
  func prepare(_ jobs: [Job]) {
    pool.settle()
    for network in networks.indices {
      sounds[network]?.listen(isNeeded: jobs.contains { $0.member == network })
    }
    for (place, job) in jobs.enumerated() {
      var item = faces[job.face].items[job.member]
      item.isFresh = job.state == nil
      if let state = job.state { item.state.update(from: state, count: state.count) }
      (batch.pointee.items + place).initialize(to: item)
    }
    batch.pointee.count = jobs.count
  }

  /// Selects members on the first face.
  func prepare(_ members: [Int], states: [[Float]?]) {
    prepare(zip(members, states).map { Job(member: $0, state: $1) })
  }

  /// Does each prepared job once. A second run continues from the states of the first.
  ///
  /// - Parameter alone: whether the caller's thread does them all; the results are the same
  func run(alone: Bool = false) {
    pool.settle()
    batch.pointee.threads = alone ? 1 : pool.count
    pool.run(
      { batch, thread, step in
        batch.assumingMemoryBound(to: Batch.self).pointee.work(thread, from: step)
      }, batch, alone: alone)
  }

  /// The GRUs' state after the last run, (heads * 128).
  func state(of member: Int, face: Int = 0) -> [Float] {
    Array(
      UnsafeBufferPointer(
        start: faces[face].items[member].state,
        count: networks[member].headCount * EMENetV.stateSize))
  }

  /// Sound feature of the network's last run, (128,); nil for a network without sound.
  func soundFeature(of member: Int) -> [Float]? {
    sounds[member].map {
      Array(UnsafeBufferPointer(start: $0.feature, count: MarbleNet.featureSize))
    }
  }

  /// Feature of the network that the first thread ran last, (512,).
  var feature: [Float] {
    Array(UnsafeBufferPointer(start: workspaces[0].feature, count: EMENetV.featureSize))
  }

  /// Logits of the last run: EXPR (7,), AU (12,), VA (40,) and, if present, FA (136,).
  func logits(of member: Int, face: Int = 0) -> [[Float]] {
    (0..<networks[member].headCount).map { task in
      Array(
        UnsafeBufferPointer(
          start: faces[face].items[member].logits + Heads.offsets[task], count: Heads.outputs[task])
      )
    }
  }

  /// Log-odds of the last run that something covers the face; nil if the member does not estimate it.
  func cover(of member: Int, face: Int = 0) -> Float? {
    networks[member].pass.heads.cover.map { faces[face].items[member].logits[$0.offset] }
  }
}

extension Engine {
  /// Stages of a pass, in order; `walk` reports their indices.
  static let stageNames = ["sound"] + EMENetV.stageNames

  /// Runs the first network once on the first face, on this thread alone.
  ///
  /// - Parameter reached: called with the index of each completed stage and the workspace at that
  ///   point
  func walk(_ reached: (Int, EMENetV.Workspace) -> Void) {
    let mode = float_mode_flush()
    defer { float_mode_restore(mode) }
    var worker = Worker.alone
    let workspace = workspaces[0]
    sounds[0]?.forward(in: workspace, kernels.pointer, &worker)
    reached(0, workspace)
    let item = batch.pointee.count > 0 ? batch.pointee.items[0] : faces[0].items[0]
    item.forward(in: workspace, kernels.pointer, &worker) { reached(1 + $0, workspace) }
  }
}
