extension NetworkBenchmark {
  /// `"cpu":…` and `"kernels":…`
  public var machineJSON: [String] {
    [("cpu", cpu), ("kernels", kernels)].map { "\"\($0)\":\(quoted($1))" }
  }

  /// The object under `"network"` in `emenet bench --json`.
  public var json: String {
    let layers = layers.map { layer in
      object([
        ("name", quoted(layer.name)), ("ms", number(layer.milliseconds)),
        ("gflops", number(layer.gigaflops)),
        ("share_of_peak", number(layer.gigaflops / peakGigaflops)),
      ])
    }
    let products = products.map { product in
      object([
        ("name", quoted(product.name)), ("count", "\(product.count)"),
        ("ms", number(product.milliseconds)), ("gflops", number(product.gigaflops)),
        ("share_of_peak", number(product.gigaflops / peakGigaflops)),
        ("openblas_ms", number(product.openBLASMilliseconds)),
      ])
    }
    return object([
      ("members", "\(members)"), ("threads", "\(threads)"), ("runs", "\(runs)"),
      ("ms_min", number(total.minimum)), ("ms_median", number(total.median)),
      ("ms_p95", number(total.percentile95)), ("peak_gflops", number(peakGigaflops)),
      ("pointwise_share_of_peak", number(pointwiseShareOfPeak)),
      ("backbone", object(backbone)), ("heads", object(heads)),
      ("sound", sound.map(object) ?? "null"),
      ("layers", "[\(layers.joined(separator: ","))]"),
      ("products", "[\(products.joined(separator: ","))]"),
    ])
  }

  private func object(_ times: Times) -> String {
    object([
      ("ms_min", number(times.minimum)), ("ms_median", number(times.median)),
      ("ms_p95", number(times.percentile95)),
    ])
  }

  private func object(_ sound: SoundTimes) -> String {
    object([
      ("front_end", object(sound.frontEnd)), ("front_end_live", object(sound.frontEndLive)),
      ("encoder", object(sound.encoder)),
      ("share_of_face", number(sound.share(of: self, isLive: false))),
      ("share_of_face_live", number(sound.share(of: self, isLive: true))),
    ])
  }

  private func object(_ members: [(String, String)]) -> String {
    "{\(members.map { "\"\($0)\":\($1)" }.joined(separator: ","))}"
  }

  /// Names of layers and processors have nothing in them to escape but these.
  private func quoted(_ text: String) -> String {
    "\"\(text.filter { $0 != "\"" && $0 != "\\" })\""
  }

  private func number(_ value: Double) -> String {
    value.isFinite ? "\((value * 1e5).rounded() / 1e5)" : "null"
  }
}
