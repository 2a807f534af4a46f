import Foundation
import TestSupport
import Testing

@testable import Inference
@testable import Runtime
@testable import Screen
@testable import Theme

/// `emenet checkpoint` as a user runs it.
@Suite struct CheckpointCommandTests {
  private let folder = ScratchFolder()
  private static let trained = Program.repository.appending(
    path: "checkpoints/emenet-v-0.safetensors"
  ).path

  @Test func showsLayersShapesAndParameters() throws {
    let lines = try Program.run(["checkpoint", "show", Self.trained]).output
      .split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.count { $0.count >= 3 && $0[1] == "BF16" } == 302)
    #expect(
      lines.contains(["backbone.conv1.conv.weight", "BF16", "64", "x", "3", "x", "3", "x", "3"]))
    #expect(lines.contains(["tmodels.3.decoder.bias", "BF16", "136"]))
    #expect(lines.contains(["format:", "safetensors"]))
    #expect(
      lines.contains(["parameters:", "1949124", "(1685052", "without", "the", "landmark", "head)"]))
    #expect(lines.contains(["input_channels:", "luma"]) && lines.contains(["temporal:", "carry"]))
  }

  @Test func withoutTheLandmarkHeadItIsAnEMENetToo() throws {
    var checkpoint = try Checkpoint.read(Self.trained)
    checkpoint.tensors = checkpoint.tensors.filter { !$0.key.hasPrefix("tmodels.3.") }
    let path = folder.file("three.pth")
    try checkpoint.write(to: path, as: .torchZip)
    let shown = try Program.run(["checkpoint", "show", path]).output
    #expect(shown.contains("\nparameters: 1685052\n") && shown.contains("\nformat: PyTorch, zip\n"))
    let picture = folder.file("a.png")
    try PNGFile.write(
      Sample.image(width: 150, height: 150), to: OutputFile(path: picture, force: false))
    let outcome = try Program.run(
      ["image", "--cropped", "--json", "-", "--checkpoint", path, picture])
    #expect(outcome.exitCode == 0 && outcome.output.contains("\"landmarks\":[]"))
  }

  /// The full round trip: safetensors, `.pth`, safetensors, with the same tensors and metadata.
  @Test func convertsThereAndBack() throws {
    let (torch, back) = (folder.file("a.pth"), folder.file("b.safetensors"))
    for (from, to) in [(Self.trained, torch), (torch, back)] {
      let outcome = try Program.run(["checkpoint", "convert", from, to])
      #expect(outcome.exitCode == 0 && outcome.errors == "" && outcome.output == "")
      let again = try Program.run(["checkpoint", "convert", from, to])
      #expect(again.exitCode == 5 && again.errors.contains("--force"))
      #expect(try Program.run(["checkpoint", "convert", "--force", from, to]).exitCode == 0)
    }
    let (first, last) = (try Checkpoint.read(Self.trained), try Checkpoint.read(back))
    #expect(first.tensors == last.tensors && first.metadata == last.metadata)
    #expect(first.fingerprint == last.fingerprint)
    #expect(try Checkpoint.read(torch).format == .torchZip)
  }

  /// A file saved by PyTorch is converted and loads again with the same tensors, types included;
  /// the intermediate safetensors file is parsed according to its specification.
  @Test(
    .enabled(if: Python.hasTorch, "needs a Python with torch, see EMENET_PYTHON"),
    arguments: [true, false], [true, false])
  func pyTorchReadsWhatWasConverted(isZip: Bool, isBare: Bool) throws {
    let (saved, between, back) = (
      folder.file("saved.pth"), folder.file("a.safetensors"), folder.file("back.pth")
    )
    let common = """
      import json, sys, torch
      torch.manual_seed(3)
      base = torch.randn(8, 6, 4)
      state = torch.nn.BatchNorm2d(5).state_dict()
      state.update({'base': base, 'turned': base.permute(2, 0, 1), 'part': base[1:7:2, ::3, 1:],
        'half': base.half(), 'brain': base.bfloat16(), 'double': base.double(),
        'turned_half': base.half().transpose(0, 2),
        'count': torch.tensor(70000), 'flag': torch.tensor([True, False]),
        'parameter': torch.nn.Parameter(torch.randn(3, 3).t())})
      dtypes = {'F64': torch.float64, 'F32': torch.float32, 'F16': torch.float16,
        'BF16': torch.bfloat16, 'I64': torch.int64, 'BOOL': torch.bool}
      def same(found):
        assert list(sorted(found)) == list(sorted(state)), sorted(found)
        for name, tensor in state.items():
          assert found[name].dtype == tensor.dtype, name
          assert torch.equal(found[name], tensor), name

      """
    try Python.run(
      common + """
        torch.save(state if \(isBare ? "True" : "False") else {'state_dict': state, 'epoch': 7},
          sys.argv[1], _use_new_zipfile_serialization=\(isZip ? "True" : "False"))
        """, [saved])
    for (from, to) in [(saved, between), (between, back)] {
      let outcome = try Program.run(["checkpoint", "convert", from, to])
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }
    let shown = try Program.run(["checkpoint", "show", saved]).output
    #expect(shown.contains(isZip ? "format: PyTorch, zip\n" : "format: PyTorch, before 1.6\n"))
    #expect(shown.contains("\nepoch: 7\n") == !isBare)
    let printed = try Python.run(
      common + """
        data = open(sys.argv[1], 'rb').read()
        size = int.from_bytes(data[:8], 'little')
        header = json.loads(data[8:8 + size])
        words = header.pop('__metadata__', {})
        found = {}
        for name, entry in header.items():
          a, b = entry['data_offsets']
          raw = bytearray(data[8 + size + a:8 + size + b])
          found[name] = torch.frombuffer(raw, dtype=dtypes[entry['dtype']]).reshape(entry['shape'])
        same(found)
        whole = torch.load(sys.argv[2], weights_only=True)
        same(whole['state_dict'])
        print(words, whole.get('epoch'))
        """, [between, back])
    #expect(printed == (isBare ? "{} None\n" : "{'epoch': '7'} 7\n"))
  }

  @Test(
    arguments: [
      ([], 64), (["show"], 64), (["convert", "a"], 64), (["frobnicate", "a"], 64),
      (["show", "/nonexistent.pth"], 4), (["show", "/"], 4), (["show", "/dev/null"], 4),
      (["convert", trained, "/nonexistent/a.pth"], 5), (["convert", trained, "/tmp"], 5),
      (["convert", trained, "/tmp/emenet-a.onnx"], 64),
    ] as [([String], Int32)])
  func exitCodes(words: [String], code: Int32) throws {
    let outcome = try Program.run(["checkpoint"] + words)
    #expect(outcome.exitCode == code, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("emenet: ") && outcome.output == "")
  }
}
