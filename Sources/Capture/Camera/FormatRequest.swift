/// The format to request from a camera.
struct FormatRequest: Equatable, Sendable {
  var width: Int
  var height: Int
  var framesPerSecond: Double
  var pixelFormat: FourCC

  /// Selects the offer closest to the options among the decodable formats. Without offers, assumes
  /// what most cameras have. nil if none of the offers can be decoded.
  ///
  /// Format has priority, then size, then rate. The defaults are 640 x 480 at 30 fps in the format
  /// that is cheapest to decode.
  init?(_ options: CameraOptions, offers: [FormatOffer]) {
    let wanted = FormatRequest(
      width: options.width ?? options.height.map { $0 * 4 / 3 } ?? 640,
      height: options.height ?? options.width.map { $0 * 3 / 4 } ?? 480,
      framesPerSecond: options.framesPerSecond ?? 30,
      pixelFormat: options.pixelFormat ?? PictureDecoder.formats[0])
    if offers.isEmpty {
      self = wanted
      return
    }
    var best: (cost: [Double], request: FormatRequest)?
    for offer in offers {
      guard let place = PictureDecoder.formats.firstIndex(of: offer.pixelFormat) else { continue }
      // A driver that lists no sizes may support any.
      let sizes =
        offer.sizes.isEmpty
        ? [
          SizeOffer(
            widths: wanted.width...wanted.width, heights: wanted.height...wanted.height, rates: [])
        ] : offer.sizes
      for size in sizes {
        var request = wanted
        request.pixelFormat = offer.pixelFormat
        request.width = min(max(wanted.width, size.widths.lowerBound), size.widths.upperBound)
        request.height = min(max(wanted.height, size.heights.lowerBound), size.heights.upperBound)
        let rate = size.rates.max() ?? wanted.framesPerSecond
        let cost = [
          options.pixelFormat == nil || options.pixelFormat == offer.pixelFormat ? 0 : 1,
          Double(abs(request.width - wanted.width) + abs(request.height - wanted.height)),
          max(0, wanted.framesPerSecond - rate - 0.5),
          Double(place),
        ]
        if best.map({ cost.lexicographicallyPrecedes($0.cost) }) ?? true { best = (cost, request) }
      }
    }
    guard let best else { return nil }
    self = best.request
  }

  init(width: Int, height: Int, framesPerSecond: Double, pixelFormat: FourCC) {
    self.width = width
    self.height = height
    self.framesPerSecond = framesPerSecond
    self.pixelFormat = pixelFormat
  }
}

/// Compares request and result in a camera's shorthand, naming only what was requested.
struct FormatDifference: Equatable {
  var asked: String
  var got: String

  init?(_ options: CameraOptions, got format: BufferFormat, framesPerSecond: Double) {
    let sizeDiffers =
      (options.width ?? format.width, options.height ?? format.height)
      != (format.width, format.height)
    // 29.97 counts as 30.
    let rateDiffers =
      options.framesPerSecond.map { abs($0 - framesPerSecond) > 0.02 * $0 } ?? false
    let formatDiffers = options.pixelFormat.map { $0 != format.pixelFormat } ?? false
    guard sizeDiffers || rateDiffers || formatDiffers else { return nil }
    func text(_ width: Int, _ height: Int, _ rate: Double, _ pixelFormat: FourCC) -> String {
      var words: [String] = []
      let sizeAsked = options.width != nil || options.height != nil
      var first = sizeAsked ? "\(width)x\(height)" : ""
      if options.framesPerSecond != nil {
        first += (sizeAsked ? "@" : "") + shortText(rate) + (sizeAsked ? "" : " fps")
      }
      if !first.isEmpty { words.append(first) }
      if formatDiffers { words.append(pixelFormat.description) }
      return words.joined(separator: " ")
    }
    asked = text(
      options.width ?? format.width, options.height ?? format.height,
      options.framesPerSecond ?? 0, options.pixelFormat ?? format.pixelFormat)
    got = text(format.width, format.height, framesPerSecond, format.pixelFormat)
  }

  var description: String { "asked \(asked), got \(got)" }
}

/// 30, 29.97, 7.5; "unknown" for 0.
private func shortText(_ rate: Double) -> String {
  if rate == 0 { return "unknown" }
  let hundredths = Int((rate * 100).rounded())
  if hundredths % 100 == 0 { return "\(hundredths / 100)" }
  let digits = "\(hundredths % 100 + 100)".dropFirst()
  return "\(hundredths / 100).\(digits.last == "0" ? digits.dropLast() : digits)"
}
