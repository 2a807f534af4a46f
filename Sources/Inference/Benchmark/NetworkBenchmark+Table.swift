extension NetworkBenchmark {
  /// The figures as text for people.
  public var table: String {
    var lines = [
      "\(cpu), \(kernels), \(precision.rawValue), float peak \(tenths(peakGigaflops)) GFLOP/s a core",
      "network, \(members) members, \(threads) threads, \(runs) runs:"
        + " \(text(total)) ms (min, median, p95)",
      "backbone \(text(backbone)) ms, heads \(text(heads)) ms (one member, one thread)",
      "1x1 convolutions: \(percent(pointwiseShareOfPeak)) of the peak",
    ]
    if let sound {
      lines += [
        "sound: front end \(text(sound.frontEnd)) ms, live \(text(sound.frontEndLive)) ms,"
          + " encoder \(text(sound.encoder)) ms",
        "       \(percent(sound.share(of: self, isLive: false))) of the face's network,"
          + " \(percent(sound.share(of: self, isLive: true))) live",
      ]
    }
    lines += ["", row("stage", "ms", "GFLOP/s", "of peak")]
    for layer in layers {
      lines.append(
        row(
          layer.name, thousandths(layer.milliseconds), tenths(layer.gigaflops),
          percent(layer.gigaflops / peakGigaflops)))
    }
    lines += ["", row("product", "ms", "GFLOP/s", "of peak", "OpenBLAS ms")]
    for product in products {
      lines.append(
        row(
          "\(product.count)x \(product.name)", thousandths(product.milliseconds),
          tenths(product.gigaflops), percent(product.gigaflops / peakGigaflops),
          thousandths(product.openBLASMilliseconds)))
    }
    return lines.joined(separator: "\n")
  }

  private func text(_ times: Times) -> String {
    [times.minimum, times.median, times.percentile95].map(thousandths).joined(separator: ", ")
  }

  private func row(_ name: String, _ cells: String...) -> String {
    func padding(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count))
    }
    return cells.reduce(name + padding(name, 26)) { $0 + padding($1, 12) + $1 }
  }

  private func thousandths(_ value: Double) -> String { "\((value * 1e3).rounded() / 1e3)" }
  private func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
  private func percent(_ value: Double) -> String { "\(Int((value * 100).rounded())) %" }
}
