import Foundation
import TestSupport
import Testing

@testable import Layers

/// Random damage to files of every format. Whatever the bytes, a reader either returns or throws a
/// ``CheckpointError`` that names the file; anything it returns can be written and read again.
/// ``Fuzz`` determines the duration. Run it under AddressSanitizer as well.
@Suite struct FuzzTests {
  enum Target: String, CaseIterable {
    /// Any byte of a file.
    case safetensors, torchZip, torchLegacy
    /// Only the header, with its length corrected.
    case safetensorsHeader
    /// Only the pickle, in an archive with correct checksums.
    case pickle
  }

  @Test(arguments: Target.allCases) func survives(target: Target) throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    try Fuzz.run("\(target)") { seed in
      var mutator = Mutator(seed: seed)
      try Data(try target.bytes(&mutator)).write(to: URL(fileURLWithPath: path))
      do {
        let read = try Checkpoint.read(path)
        try expectRoundTrip(read, in: folder, seed)
        return true
      } catch let error as CheckpointError {
        #expect(error.path.hasPrefix(path), "EMENET_FUZZ_SEED=\(seed)")
        return false
      }
    }
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
      return try TorchArchiveWriter.archive(
        [("a/data.pkl", pickle)]
          + tensors.enumerated().map {
            ("a/data/\($0.offset)", $0.element.tensor.type.encode($0.element.tensor.values))
          }, for: "a")
    }
  }

  private static let whole = try! [.safetensors, .torchZip, .torchLegacy].map {
    try sample.bytes(as: $0)
  }
}
