/// The hash FNV-1a of 64 bits (Fowler, Noll and Vo): the same in every run, unlike `Hasher`.
package struct FNV1a: Sendable {
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  package mutating func add(_ next: UInt64) { value = (value ^ next) &* 0x100_0000_01b3 }
  package mutating func add(_ text: String) { for byte in text.utf8 { add(UInt64(byte)) } }
}
