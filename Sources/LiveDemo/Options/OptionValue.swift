import Capture
import Inference
import Publishing
import Theme

/// What an option takes: its placeholder in the help, and how a word becomes a value.
struct OptionValue<Value>: Sendable {
  /// "FILE", "N", "carry|reset"
  var placeholder: String
  /// Completes the sentence "'x' is not …".
  var expected = ""
  /// nil for a word that is not such a value.
  var parse: @Sendable (String) -> Value?
}

extension OptionValue where Value == String {
  static func text(_ placeholder: String) -> Self { Self(placeholder: placeholder) { $0 } }
  static var file: Self { text("FILE") }
  static var folder: Self { text("DIR") }
}

extension OptionValue where Value == Int {
  static func integer(_ placeholder: String = "N", in range: ClosedRange<Int>) -> Self {
    let end = range.upperBound == .max ? "" : " to \(range.upperBound)"
    return Self(
      placeholder: placeholder, expected: "a whole number from \(range.lowerBound)\(end)"
    ) { word in Int(word).flatMap { range.contains($0) ? $0 : nil } }
  }
}

extension OptionValue where Value == Double {
  static func number(_ placeholder: String, in range: ClosedRange<Double>) -> Self {
    let end = range.upperBound == .infinity ? "" : " to \(range.upperBound)"
    return Self(
      placeholder: placeholder, expected: "a number from \(range.lowerBound)\(end)"
    ) { word in Double(word).flatMap { range.contains($0) ? $0 : nil } }
  }
}

extension OptionValue
where Value: RawRepresentable & CaseIterable & SendableMetatype, Value.RawValue == String {
  /// One of the words that are the raw values of `Value`.
  static var word: Self {
    let words = Value.allCases.map(\.rawValue)
    return Self(
      placeholder: words.joined(separator: "|"), expected: words.joined(separator: " or ")
    ) { Value(rawValue: $0) }
  }
}

/// Sides of a picture, px.
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

/// A property that an option's values can be stored in.
protocol OptionProperty<Value>: SendableMetatype {
  associatedtype Value
  mutating func store(_ value: Value)
  /// What it holds, for the help; nil where it holds nothing.
  var text: String? { get }
}

extension OptionProperty where Value == Self {
  mutating func store(_ value: Self) { self = value }
  var text: String? { "\(self)" }
}

extension Int: OptionProperty {}
extension String: OptionProperty {}

extension Double: OptionProperty {
  /// "30" rather than "30.0"
  var text: String? { Int(exactly: self).map(String.init) ?? description }
}

extension Optional: OptionProperty {
  mutating func store(_ value: Wrapped) { self = value }
  var text: String? { nil }
}

extension Array: OptionProperty {
  mutating func store(_ value: Element) { append(value) }
  var text: String? { nil }
}
