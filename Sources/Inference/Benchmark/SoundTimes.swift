extension NetworkBenchmark.SoundTimes {
  init(_ frontEnd: FrontEnd, encoder: NetworkBenchmark.Times, runs: Int) {
    // Noise: the front end takes as long for any sound.
    var seed: UInt32 = 1
    let sound = (0..<SoundWindow.size).map { _ in
      seed = seed &* 1_664_525 &+ 1_013_904_223
      return Float(seed >> 16) / 65536 - 0.5
    }
    func times(_ position: (Int) -> Int?) -> NetworkBenchmark.Times {
      .init(
        (0..<runs).map { run in milliseconds { frontEnd.hear(sound, at: position(run)) } })
    }
    self.encoder = encoder
    self.frontEnd = times { _ in nil }
    frontEndLive = times { run in SoundWindow.onGrid(run * SoundWindow.sampleRate / 30) }
  }

  /// Against the face's network on one thread, per frame with one face; of the shortest times, for
  /// what else runs on the machine lengthens the long ones more.
  func share(of network: NetworkBenchmark, isLive: Bool) -> Double {
    (encoder.minimum + (isLive ? frontEndLive : frontEnd).minimum)
      / (network.backbone.minimum + network.heads.minimum)
  }
}
