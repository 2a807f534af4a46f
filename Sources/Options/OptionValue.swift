/// The values that an option takes: the placeholder in the help, and how a word becomes a value.
package struct OptionValue<Value>: Sendable {
  /// "FILE", "N", "carry|reset"
  package var placeholder: String
  /// Completes the sentence "'x' is not …".
  package var expected: String
  /// nil for a word that is not a valid value.
  package var parse: @Sendable (String) -> Value?

  package init(
    placeholder: String, expected: String = "", parse: @escaping @Sendable (String) -> Value?
  ) {
    self.placeholder = placeholder
    self.expected = expected
    self.parse = parse
  }
}

extension OptionValue where Value == String {
  package static func text(_ placeholder: String) -> Self { Self(placeholder: placeholder) { $0 } }
  package static var file: Self { text("FILE") }
  package static var folder: Self { text("DIR") }
}

extension OptionValue where Value == Int {
  package static func integer(_ placeholder: String = "N", in range: ClosedRange<Int>) -> Self {
    let end = range.upperBound == .max ? "" : " to \(range.upperBound)"
    return Self(
      placeholder: placeholder, expected: "a whole number from \(range.lowerBound)\(end)"
    ) { word in Int(word).flatMap { range.contains($0) ? $0 : nil } }
  }
}

extension OptionValue where Value == Double {
  package static func number(_ placeholder: String, in range: ClosedRange<Double>) -> Self {
    let end = range.upperBound == .infinity ? "" : " to \(range.upperBound)"
    return Self(
      placeholder: placeholder, expected: "a number from \(range.lowerBound)\(end)"
    ) { word in Double(word).flatMap { range.contains($0) ? $0 : nil } }
  }
}

extension OptionValue
where Value: RawRepresentable & CaseIterable & SendableMetatype, Value.RawValue == String {
  /// One of the words that are the raw values of `Value`.
  package static var word: Self {
    let words = Value.allCases.map(\.rawValue)
    return Self(
      placeholder: words.joined(separator: "|"), expected: words.joined(separator: " or ")
    ) { Value(rawValue: $0) }
  }
}

/// A property that can store an option's values.
package protocol OptionProperty<Value>: SendableMetatype {
  associatedtype Value
  mutating func store(_ value: Value)
  /// Its present value, for the help; nil if it has none.
  var text: String? { get }
}

extension OptionProperty where Value == Self {
  package mutating func store(_ value: Self) { self = value }
  package var text: String? { "\(self)" }
}

extension Int: OptionProperty {}
extension String: OptionProperty {}

extension Double: OptionProperty {
  /// "30" rather than "30.0"
  package var text: String? { Int(exactly: self).map(String.init) ?? description }
}

extension Optional: OptionProperty {
  package mutating func store(_ value: Wrapped) { self = value }
  package var text: String? { nil }
}

extension Array: OptionProperty {
  package mutating func store(_ value: Element) { append(value) }
  package var text: String? { nil }
}
