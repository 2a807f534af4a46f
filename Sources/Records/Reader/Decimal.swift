import Glibc

/// The number that `word` is; nil for any other word. Records have at most 15 digits and no
/// exponent; other numbers that JSON has take longer.
func decimal(_ word: UnsafeBufferPointer<UInt8>) -> Double? {
  var index = word.first == UInt8(ascii: "-") ? 1 : 0
  var digits = 0
  var behindPoint = -1
  var value = 0
  while index < word.count, digits < 18 {
    let byte = word[index]
    if byte == UInt8(ascii: "."), behindPoint < 0 {
      behindPoint = 0
    } else {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      digits += 1
      if behindPoint >= 0 { behindPoint += 1 }
    }
    index += 1
  }
  guard index == word.count, digits > 0, behindPoint < powersOfTen.count else {
    return Double(String(decoding: word, as: UTF8.self))
  }
  let magnitude = behindPoint > 0 ? Double(value) / powersOfTen[behindPoint] : Double(value)
  return word[0] == UInt8(ascii: "-") ? -magnitude : magnitude
}

private let powersOfTen = (0...18).map { pow(10, Double($0)) }
