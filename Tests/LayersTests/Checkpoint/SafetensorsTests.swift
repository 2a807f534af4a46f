import Foundation
import TestSupport
import Testing

@testable import Layers

@Suite struct SafetensorsTests {
  @Test(
    arguments: [
      (.float32, [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0], [1, -2.5]),
      (.float16, [0, 0x3c, 0, 0xc1], [1, -2.5]),
      (.bfloat16, [0x80, 0x3f, 0x20, 0xc0], [1, -2.5]),
      (.float64, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], [1]),
      (.int64, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-2]),
      (.int32, [7, 1, 0, 0], [263]),
      (.int16, [0xff, 0xff], [-1]),
      (.int8, [0x80, 3], [-128, 3]),
      (.uint8, [0x80, 3], [128, 3]),
      (.bool, [0, 1, 1], [0, 1, 1]),
    ] as [(ElementType, [UInt8], [Float])])
  func reads(type: ElementType, bytes: [UInt8], values: [Float]) throws {
    let header = entry("a", type.rawValue, [values.count], 0, bytes.count)
    let checkpoint = try read("{\(header)}", bytes)
    #expect(checkpoint.tensors == ["a": Tensor(shape: [values.count], values: values, type: type)])
  }

  @Test func readsMetadata() throws {
    let plain = try read("{}", [])
    #expect(plain.inputChannels == .rgb)
    #expect(plain.temporal == nil)
    let told = try read(
      #"{"__metadata__":{"input_channels":"luma","temporal":"carry","member":"3"}}  "#, [])
    #expect(told.inputChannels == .luma)
    #expect(told.temporal == .carry)
    #expect(told.metadata["member"] == "3")
  }

  @Test(
    arguments: [
      ("{", [], nil, .badHeader(reason: "string or '}' expected near end of file")),
      (#"{"a":1,"a":2}"#, [], nil, .badHeader(reason: "duplicate object key near '\"a\"'")),
      (
        #"{"__metadata__":{"a":1}}"#, [], nil,
        .badHeader(reason: "__metadata__ maps words to words, 'a' does not")
      ),
      (
        #"{"a":{"dtype":"F32"}}"#, [], "a",
        .badHeader(reason: "dtype, shape and two data_offsets are expected, nothing else")
      ),
      ("{\(entry("a", "C64", [1], 0, 4))}", [0, 0, 0, 0], "a", .unsupportedType("C64")),
      ("{\(entry("a", "U8", [-1], 0, 1))}", [0], "a", .badShape([-1])),
      (
        "{\(entry("a", "U8", [1 << 32, 1 << 31], 0, 1))}", [0], "a",
        .badShape([0x1p32, 0x1p31])
      ),
      (
        #"{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}"#, [0], "a",
        .badShape([0x1p63])
      ),
      (
        "{\(entry("a", "U8", [0, 1 << 40, 1 << 40], 0, 0))}", [], "a",
        .badShape([0, 0x1p40, 0x1p40])
      ),
      ("{\(entry("a", "U8", [1], -1, 0))}", [0], "a", .badOffsets(begin: -1, end: 0, size: 1)),
      ("{\(entry("a", "U8", [1], 1, 0))}", [0], "a", .badOffsets(begin: 1, end: 0, size: 1)),
      ("{\(entry("a", "U8", [2], 0, 2))}", [0], "a", .badOffsets(begin: 0, end: 2, size: 1)),
      ("{\(entry("a", "F32", [1], 0, 1))}", [0], "a", .wrongSize(expected: 4, found: 1)),
      (
        "{\(entry("a", "U8", [2], 0, 2)),\(entry("b", "U8", [2], 1, 3))}", [0, 0, 0], "b",
        .overlap(with: "a")
      ),
      (
        "{\(entry("a", "U8", [1], 0, 1)),\(entry("b", "U8", [1], 2, 3))}", [0, 0, 0], "b",
        .hole(from: 1, to: 2)
      ),
      ("{\(entry("a", "U8", [1], 1, 2))}", [0, 0], "a", .hole(from: 0, to: 1)),
      ("{\(entry("a", "U8", [1], 0, 1))}", [0, 0], nil, .hole(from: 1, to: 2)),
      (
        "{\(entry("a", "F32", [2], 0, 8))}", [0, 0, 0, 0, 0, 0, 0xc0, 0x7f], "a",
        .notFinite(index: 1)
      ),
      ("{\(entry("a", "F16", [1], 0, 2))}", [0, 0x7c], "a", .notFinite(index: 0)),
    ] as [(String, [UInt8], String?, CheckpointError.Problem)])
  func refuses(
    header: String, data: [UInt8], tensor: String?, problem: CheckpointError.Problem
  ) throws {
    let error = try #require(throws: CheckpointError.self) { try read(header, data) }
    #expect(error.problem == problem)
    #expect(error.tensor == tensor)
  }

  @Test(
    .enabled(if: Shared.isPresent, "needs ../shared or EMENET_SHARED"),
    arguments: ["emenet-v-baseline-0", "emenet-v-baseline-1"])
  func readsTrainedWeights(name: String) throws {
    let checkpoint = try Checkpoint.read(Shared.path("weights/\(name).safetensors"))
    #expect(checkpoint.tensors.count == 302)
    #expect(checkpoint.inputChannels == .luma)
    #expect(checkpoint.temporal == .reset)
    let first = try #require(checkpoint.tensors["backbone.conv1.conv.weight"])
    #expect(first.shape == [64, 3, 3, 3])
    #expect(first.type == .bfloat16)
  }

  @Test func refusesDeepNesting() throws {
    let depth = 200_000
    let header =
      #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
    let error = try #require(throws: CheckpointError.self) { try read(header, []) }
    guard case .badHeader = error.problem else {
      Issue.record("\(error.problem)")
      return
    }
  }

  @Test func doesNotWriteATensorOverTheMetadata() throws {
    let checkpoint = Checkpoint(
      path: "x", tensors: ["__metadata__": Tensor(shape: [1], values: [0])])
    #expect(throws: CheckpointError.self) { try checkpoint.bytes(as: .safetensors) }
    #expect(try checkpoint.bytes(as: .torchZip).count > 0)
  }

  @Test func refusesAHeaderBeyondTheCap() throws {
    let file = TemporaryFile([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7b])
    #expect(
      throws: CheckpointError(
        file.path, .headerTooLarge(bytes: .max, limit: SafetensorsReader.headerLimit))
    ) { try Checkpoint.read(file.path) }
  }

  @Test func namesWhatANetworkMisses() throws {
    let checkpoint = Checkpoint(
      path: "x",
      tensors: [
        "a": Tensor(shape: [1], values: [0]), "b": Tensor(shape: [2], values: [0, 0]),
        "c": Tensor(shape: [], values: [0]), "n": Tensor(shape: [], values: [0]),
      ])
    let mismatch = CheckpointError.Mismatch(
      missing: ["d"], unexpected: ["c"],
      misshapen: [.init(name: "b", expected: [3], found: [2])])
    #expect(throws: CheckpointError("x", .mismatch(mismatch))) {
      try checkpoint.check(against: ["a": [1], "b": [3], "d": [1]], ignoring: { $0 == "n" })
    }
  }
}

private func read(_ header: String, _ data: [UInt8]) throws -> Checkpoint {
  let text = Array(header.utf8)
  let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
  let file = TemporaryFile(length + text + data)
  return try Checkpoint.read(file.path)
}

private func entry(_ name: String, _ type: String, _ shape: [Int], _ begin: Int, _ end: Int)
  -> String
{
  #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
}
