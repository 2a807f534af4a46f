import Runtime

extension NetworkBenchmark {
  /// The members `cpu`, `kernels` and `precision` of `emenet bench --json`.
  package var machineJSON: [(String, JSON)] {
    [("cpu", .text(cpu)), ("kernels", .text(kernels)), ("precision", .text(precision.rawValue))]
  }

  /// The object under `network` in `emenet bench --json`.
  package var json: JSON {
    let layers = layers.map { layer in
      JSON.object([
        ("name", .text(layer.name)), ("ms", number(layer.milliseconds)),
        ("gflops", number(layer.gigaflops)),
        ("share_of_peak", number(layer.gigaflops / peakGigaflops)),
      ])
    }
    let products = products.map { product in
      JSON.object([
        ("name", .text(product.name)), ("count", .integer(product.count)),
        ("ms", number(product.milliseconds)), ("gflops", number(product.gigaflops)),
        ("share_of_peak", number(product.gigaflops / peakGigaflops)),
        ("openblas_ms", number(product.openBLASMilliseconds)),
      ])
    }
    return .object(
      [("members", .integer(members)), ("threads", .integer(threads)), ("runs", .integer(runs))]
        + members(of: total) + [
          ("peak_gflops", number(peakGigaflops)),
          ("pointwise_share_of_peak", number(pointwiseShareOfPeak)),
          ("backbone", .object(members(of: backbone))), ("heads", .object(members(of: heads))),
          ("sound", sound.map(object) ?? .null), ("layers", .list(layers)),
          ("products", .list(products)),
        ])
  }

  private func members(of times: Times) -> [(String, JSON)] {
    [
      ("ms_min", number(times.minimum)), ("ms_median", number(times.median)),
      ("ms_p95", number(times.percentile95)),
    ]
  }

  private func object(_ sound: SoundTimes) -> JSON {
    .object([
      ("front_end", .object(members(of: sound.frontEnd))),
      ("front_end_live", .object(members(of: sound.frontEndLive))),
      ("encoder", .object(members(of: sound.encoder))),
      ("share_of_face", number(sound.share(of: self, isLive: false))),
      ("share_of_face_live", number(sound.share(of: self, isLive: true))),
    ])
  }

  /// Rounds to 1e-5; finer digits are noise.
  private func number(_ value: Double) -> JSON { .number((value * 1e5).rounded() / 1e5) }
}

extension NetworkBenchmark.Times {
  /// A stage on its own, as `emenet bench --json` prints it.
  package var json: JSON {
    .object([
      ("runs", .integer(runs)), ("ms_min", .number(minimum)), ("ms_median", .number(median)),
      ("ms_p95", .number(percentile95)),
    ])
  }
}
