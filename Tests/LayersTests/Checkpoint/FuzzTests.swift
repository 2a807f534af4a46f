import Foundation
import Testing

@testable import Layers

/// Random damage to files of every format. Whatever the bytes, a reader returns or throws a
/// ``CheckpointError`` that names the file; what it does return can be written and read again.
///
/// `EMENET_FUZZ_SECONDS` says how long each format is tried (2 by default); `EMENET_FUZZ_SEED`
/// begins with that seed, which a failure prints. Run it under AddressSanitizer as well.
@Suite struct FuzzTests {
  enum Target: String, CaseIterable {
    /// Any byte of a file.
    case safetensors, torchZip, torchLegacy
    /// The header alone, with its length put right.
    case safetensorsHeader
    /// The pickle alone, in an archive whose sums are right.
    case pickle
  }

  private static let environment = ProcessInfo.processInfo.environment

  @Test(arguments: Target.allCases) func survives(target: Target) throws {
    let seconds = Self.environment["EMENET_FUZZ_SECONDS"].flatMap(Double.init) ?? 2
    let only = Self.environment["EMENET_FUZZ_SEED"].flatMap(UInt64.init)
    let deadline = Date().addingTimeInterval(seconds)
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    var seed = only ?? 0
    var readable = 0
    // A crash shows nothing but this file: the seed that was being tried.
    let note = FileManager.default.temporaryDirectory.appending(path: "emenet-fuzz-\(target)")
    repeat {
      try Data("EMENET_FUZZ_SEED=\(seed)\n".utf8).write(to: note)
      for _ in 0..<64 {
        var mutator = Mutator(seed: seed)
        try Data(try target.bytes(&mutator)).write(to: URL(fileURLWithPath: path))
        do {
          let read = try Checkpoint.read(path)
          readable += 1
          try expectRoundTrip(read, in: folder, seed)
        } catch let error as CheckpointError {
          #expect(error.path.hasPrefix(path), "EMENET_FUZZ_SEED=\(seed)")
        }
        seed += 1
        if only != nil { break }
      }
    } while only == nil && Date() < deadline
    try FileManager.default.removeItem(at: note)
    print("fuzz \(target): \(seed) files, \(readable) of them readable")
    // Damage that nothing survives would test the first check only.
    #expect(only != nil || readable > 0 && readable < Int(seed))
  }

  private func expectRoundTrip(_ read: Checkpoint, in folder: TemporaryFolder, _ seed: UInt64)
    throws
  {
    for format in [.safetensors, .torchZip] as [Checkpoint.Format]
    where read.tensors["__metadata__"] == nil {
      let again = folder.path + "/again"
      try read.write(to: again, as: format)
      let second = try Checkpoint.read(again)
      #expect(second.tensors == read.tensors, "EMENET_FUZZ_SEED=\(seed)")
    }
  }
}

extension FuzzTests.Target {
  fileprivate func bytes(_ mutator: inout Mutator) throws -> [UInt8] {
    switch self {
    case .safetensors: return mutator.damaged(Self.whole[0])
    case .torchZip: return mutator.damaged(Self.whole[1])
    case .torchLegacy: return mutator.damaged(Self.whole[2])
    case .safetensorsHeader:
      let whole = Self.whole[0]
      let count = Int(whole[0]) | Int(whole[1]) << 8
      let header = mutator.damaged(Array(whole[8..<8 + count]))
      return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        + whole[(8 + count)...]
    case .pickle:
      let tensors = sample.sortedTensors
      let pickle = mutator.damaged(TorchArchiveWriter.pickle(tensors, sample.metadata))
      let folder = TemporaryFolder()
      try TorchArchiveWriter.writeArchive(
        [("a/data.pkl", pickle)]
          + tensors.enumerated().map {
            ("a/data/\($0.offset)", $0.element.tensor.type.encode($0.element.tensor.values))
          }, to: folder.path + "/a")
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/a")))
    }
  }

  private static let whole = try! [.safetensors, .torchZip, .torchLegacy].map {
    try sample.bytes(as: $0)
  }
}

/// Damages bytes, always in the same way for one seed.
private struct Mutator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// One to three of the usual changes.
  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<1 + number(below: 3) { damage(&bytes) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let place = number(below: bytes.count)
    switch number(below: 8) {
    case 0: bytes[place] ^= 1 << UInt8(number(below: 8))
    case 1: bytes[place] = UInt8(number(below: 256))
    case 2: bytes[place] = [0, 1, 0x7f, 0x80, 0xff, 0x2e, 0x28, 0x22].randomElement(using: &self)!
    case 3:
      // A length or an offset that is far off.
      let width = [2, 4, 8].randomElement(using: &self)!
      let value =
        [0, 1, 0x7fff_ffff, 0xffff_ffff, 1 << 40, .max, .max / 2].randomElement(
          using: &self)! as UInt64
      guard place + width <= bytes.count else { return }
      for index in 0..<width {
        bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
      }
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + number(below: 16)))
    case 5: bytes.removeLast(number(below: bytes.count))
    case 6:
      let part = Array(bytes[place..<min(bytes.count, place + 1 + number(below: 64))])
      bytes.insert(contentsOf: part, at: number(below: bytes.count))
    default:
      // A number in text becomes another.
      let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
      if let digit = digits.randomElement(using: &self) {
        bytes[digit] = UInt8(0x30 + number(below: 10))
      }
    }
  }

  private mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }
}

/// SplitMix64.
extension Mutator: RandomNumberGenerator {
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
