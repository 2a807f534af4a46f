import Glibc
import Layers
import Runtime

/// Measures how fast the network runs on this machine: the ensemble as it is used, and one member
/// layer by layer, compared with the peak of one core.
public struct NetworkBenchmark: Sendable {
  /// Milliseconds per run.
  public struct Times: Sendable, Equatable {
    public var runs: Int
    public var minimum: Double
    public var median: Double
    public var percentile95: Double
  }

  /// Cost of the sound of one frame. The front end runs once for all faces and members; the encoder
  /// runs once per member for all faces.
  public struct SoundTimes: Sendable {
    /// A complete window, all columns computed.
    public var frontEnd: Times
    /// A window 33 ms after the previous one; columns that both share are reused.
    public var frontEndLive: Times
    /// One member's encoder, including its contribution to the heads' input.
    public var encoder: Times
  }

  /// A stage of one member on one thread; shortest time of all runs.
  public struct Layer: Sendable {
    public var name: String
    public var milliseconds: Double
    /// A multiply-add counts as two.
    public var operations: Int
    public var gigaflops: Double { Double(operations) / milliseconds / 1e6 }
  }

  /// One matrix product of the network in isolation, on one thread; shortest time of all runs.
  public struct Product: Sendable {
    /// Shape, for example "128 -> 256, 196 px".
    public var name: String
    /// How often it occurs in a pass.
    public var count: Int
    public var isConvolution: Bool
    public var operations: Int
    public var milliseconds: Double
    /// The same shape in OpenBLAS: `sgemm`, or `sgemv` for a single column. NaN if OpenBLAS is not
    /// installed.
    public var openBLASMilliseconds: Double
    public var gigaflops: Double { Double(operations) / milliseconds / 1e6 }
  }

  public var cpu: String
  public var kernels: String
  public var precision: Precision
  public var members: Int
  public var threads: Int
  public var runs: Int
  /// One face through all members, backbone and heads.
  public var total: Times
  /// One member on one thread; so are `heads`.
  public var backbone: Times
  public var heads: Times
  /// nil for EMENet-V.
  public var sound: SoundTimes?
  public var layers: [Layer]
  public var products: [Product]
  /// The most that one core reaches in float, measured with multiply-adds on registers only.
  public var peakGigaflops: Double

  /// Share of one core's peak in float that all 1x1 convolutions together reach.
  public var pointwiseShareOfPeak: Double {
    let products = products.filter(\.isConvolution)
    let operations = products.reduce(0) { $0 + $1.operations * $1.count }
    let milliseconds = products.reduce(0) { $0 + $1.milliseconds * Double($1.count) }
    return Double(operations) / milliseconds / 1e6 / peakGigaflops
  }

  /// - Parameters:
  ///   - threads: nil for the default of ``Ensemble``
  ///   - runs: at least 1
  public init(
    members: [Checkpoint], threads: Int? = nil, runs: Int = 200, kernels: KernelSet = .fastest,
    precision: Precision = .f32
  ) throws(CheckpointError) {
    precondition(!members.isEmpty && runs > 0, "a member and a run")
    let networks = try members.networks(precision)
    let engine = Engine(networks: networks, threads: threads, kernels: kernels)
    engine.look(at: (0..<InputImage.pixels).map { UInt8(truncatingIfNeeded: $0 * 31 / 7) })
    // Start from a non-zero state; a fresh one would skip the products with it.
    engine.prepare(
      Array(networks.indices),
      states: networks.map { .init(repeating: 0.1, count: $0.headCount * EMENetV.stateSize) })

    for _ in 0..<20 { engine.run() }
    total = Times((0..<runs).map { _ in milliseconds { engine.run() } })

    let stages = Engine.stageNames.count
    var times = [[Double]](repeating: [], count: stages)
    for _ in 0..<runs {
      var last = monotonicSeconds()
      engine.walk { stage, _ in
        let time = monotonicSeconds()
        times[stage].append((time - last) * 1e3)
        last = time
      }
    }
    let soundTimes = times.removeFirst()
    backbone = Times((0..<runs).map { run in times.dropLast().reduce(0) { $0 + $1[run] } })
    heads = Times(times[times.count - 1])
    layers = zip(EMENetV.stageNames, networks[0].pass.operations).enumerated().map {
      Layer(
        name: $1.0, milliseconds: times[$0].min() ?? .infinity, operations: $1.1)
    }
    sound = engine.frontEnd.map { SoundTimes($0, encoder: Times(soundTimes), runs: runs) }
    products = Self.products(of: networks[0].pass, kernels.pointer)
    peakGigaflops = Self.peak(kernels.pointer)
    cpu = Self.cpuName()
    self.kernels = kernels.name
    self.precision = precision
    self.members = members.count
    self.threads = engine.threads
    self.runs = runs
  }

  private static func peak(_ kernels: Kernels) -> Double {
    let rounds = 20_000
    var sink: Float = 0
    let best = (0..<50).map { _ in milliseconds { sink += kernels.pointee.peak(rounds) } }.min()
    precondition(sink.isFinite, "sums stay bounded")
    return Double(rounds * kernels.pointee.peakOperations) / (best ?? .infinity) / 1e6
  }

  private static func cpuName() -> String {
    guard let file = fopen("/proc/cpuinfo", "r") else { return "unknown" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map(UInt8.init(truncatingIfNeeded:)), as: UTF8.self)
      guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
      return String(text[colon...].dropFirst(2).prefix { $0 != "\n" })
    }
    return "unknown"
  }
}

extension NetworkBenchmark.Times {
  /// - Parameter milliseconds: one value per run, at least one
  package init(_ milliseconds: [Double]) {
    let sorted = milliseconds.sorted()
    runs = sorted.count
    minimum = sorted[0]
    median = sorted[sorted.count / 2]
    percentile95 = sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
  }
}

func milliseconds(_ work: () -> Void) -> Double {
  let start = monotonicSeconds()
  work()
  return (monotonicSeconds() - start) * 1e3
}
