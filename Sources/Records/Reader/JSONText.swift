/// Words of a JSON string.
enum JSONText {
  /// `bytes`: between the quotes. What is no escape of JSON stays as it is.
  static func unescaped(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
    var units = Array(String(decoding: bytes, as: UTF8.self).utf16)[...]
    var plain: [UInt16] = []
    while let unit = units.popFirst() {
      guard unit == 0x5C, let letter = units.popFirst() else {
        plain.append(unit)
        continue
      }
      switch letter {
      case 0x6E: plain.append(0x0A)
      case 0x74: plain.append(0x09)
      case 0x72: plain.append(0x0D)
      case 0x62: plain.append(0x08)
      case 0x66: plain.append(0x0C)
      case 0x75:
        let digits = String(decoding: units.prefix(4), as: UTF16.self)
        guard digits.count == 4, let code = UInt16(digits, radix: 16) else {
          plain += [unit, letter]
          continue
        }
        units = units.dropFirst(4)
        plain.append(code)
      default: plain.append(letter)
      }
    }
    return String(decoding: plain, as: UTF16.self)
  }
}
