import Capture
import Offline
import Options
import Publishing
import Reading
import Theme

/// Width and height of a picture, px.
struct PictureSize: Equatable, Sendable {
  var width: Int
  var height: Int
}

extension OptionValue where Value == PictureSize {
  static var size: Self {
    Self(placeholder: "WxH", expected: "a size such as 640x480") { word in
      let sides = word.lowercased().split(separator: "x", omittingEmptySubsequences: false).map {
        Int($0) ?? 0
      }
      guard sides.count == 2, sides.allSatisfy((1...16384).contains) else { return nil }
      return PictureSize(width: sides[0], height: sides[1])
    }
  }
}

extension OptionValue where Value == FourCC {
  static var pixelFormat: Self {
    Self(
      placeholder: "mjpeg|yuyv|nv12|grey", expected: "a format such as mjpeg or yuyv",
      parse: FourCC.init(named:))
  }
}

extension OptionValue where Value == Destination {
  static var destination: Self {
    Self(placeholder: "URL", expected: Destination.forms, parse: Destination.init(url:))
  }
}

/// A finished picture to write.
struct PictureOutput: Equatable, Sendable {
  var path: String
  var format: PictureFormat
}

extension OptionValue where Value == PictureOutput {
  static var picture: Self {
    Self(placeholder: "FILE", expected: "a .png, .svg or .pdf file") { path in
      PictureFormat(path: path).map { PictureOutput(path: path, format: $0) }
    }
  }
}

extension OptionValue where Value == MarkerInput.Address {
  static var markers: Self {
    Self(
      placeholder: "FIFO|URL", expected: MarkerInput.Address.forms,
      parse: MarkerInput.Address.init)
  }
}

extension OptionValue where Value == Shard {
  static var shard: Self {
    Self(placeholder: "K/N", expected: Shard.form, parse: Shard.init)
  }
}
