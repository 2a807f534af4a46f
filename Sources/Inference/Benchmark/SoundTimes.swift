extension NetworkBenchmark.SoundTimes {
  init(_ frontEnd: FrontEnd, encoder: NetworkBenchmark.Times, runs: Int) {
    // Noise will do: the front end takes the same time for any sound.
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

  /// Time for the sound relative to the face's network, on one thread, for a frame with one face.
  /// Uses the shortest times, since other load on the machine lengthens the longer ones more.
  func share(of network: NetworkBenchmark, isLive: Bool) -> Double {
    (encoder.minimum + (isLive ? frontEndLive : frontEnd).minimum)
      / (network.backbone.minimum + network.heads.minimum)
  }
}
