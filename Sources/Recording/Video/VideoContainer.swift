import CFFmpeg

/// Video file formats, by extension.
enum VideoContainer: String, CaseIterable, Sendable {
  case avi, mkv, mp4

  init(path: String) throws(RecordingError) {
    let name = path.split(separator: "/").last ?? ""
    let ending = name.contains(".") ? name.split(separator: ".").last.map { $0.lowercased() } : nil
    guard let ending, let container = Self(rawValue: ending) else {
      throw .unknownContainer(path: path, known: Self.allCases.map(\.rawValue))
    }
    self = container
  }

  /// Name of the muxer in libavformat.
  var muxer: String { self == .mkv ? "matroska" : rawValue }

  /// AVI stores no times: its pictures follow each other at a constant rate.
  var hasTimes: Bool { self != .avi }

  /// In order of preference. AVI holds MPEG-4, as the reference writes it and every player reads
  /// it.
  var encoders: [String] { self == .avi ? ["mpeg4"] : ["libx264", "mpeg4"] }

  /// What every player of the container supports.
  var soundEncoder: String { self == .avi ? "pcm_s16le" : "aac" }

  /// Duration of one tick of the pictures' times, in s.
  func timeBase(rate: AVRational) -> AVRational {
    switch self {
    case .avi: AVRational(num: rate.den, den: rate.num)
    // Matroska counts in milliseconds.
    case .mkv: AVRational(num: 1, den: 1000)
    // The finest unit that an MPEG-4 encoder accepts and that 24, 25, 30 and 30000/1001 fps divide.
    case .mp4: AVRational(num: 1, den: 60000)
    }
  }
}

extension AVRational {
  /// 30000/1001 for 29.97, 25/1 for 25; 30/1 for rates that no camera or file has.
  package init(framesPerSecond rate: Double) {
    guard rate.isFinite, rate >= 0.1, rate <= 1000 else {
      self.init(num: 30, den: 1)
      return
    }
    let ntsc = (rate * 1.001).rounded()
    if abs(rate - rate.rounded()) < 0.002, rate >= 1 {
      self.init(num: Int32(rate.rounded()), den: 1)
    } else if ntsc >= 1, abs(rate * 1.001 - ntsc) < 0.002 {
      self.init(num: Int32(ntsc) * 1000, den: 1001)
    } else {
      // MPEG-4 stores 16 bits for each part.
      self = av_d2q(rate, 65535)
    }
  }

  package var value: Double { Double(num) / Double(den) }
}
