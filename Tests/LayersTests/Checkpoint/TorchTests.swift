import Foundation
import Inference
import TestSupport
import Testing

@testable import Layers

@Suite struct TorchTests {
  @Test(
    .enabled(if: Shared.isPresent, "needs ../shared or EMENET_SHARED"),
    arguments: [
      ("student_round_3_exp_0/net_epoch_4_student_round_3_exp_0.pth", "4"),
      ("student_round_3_exp_3/net_epoch_8_student_round_3_exp_3.pth", "8"),
    ])
  func readsOfficialLayout(file: String, epoch: String) throws {
    let checkpoint = try Checkpoint.read(Shared.path("parity/" + file))
    #expect(checkpoint.format == .torchZip)
    #expect(checkpoint.metadata == ["epoch": epoch])
    #expect(checkpoint.tensors["tmodels.0.rnn.weight_ih_l0"]?.shape == [384, 512])
    _ = try EMENetV(checkpoint)
  }

  /// What PyTorch saves in either format is read back: types, strides, shared storages, parameters,
  /// a `_metadata` attribute, empty and 0-dimensional tensors.
  @Test(
    .enabled(if: Python.hasTorch, "needs a Python with torch, see EMENET_PYTHON"),
    arguments: [true, false])
  func readsWhatPyTorchSaves(zip: Bool) throws {
    let folder = TemporaryFolder()
    let file = folder.path + "/a.pth"
    try Python.run(
      """
      import sys, torch
      base = torch.arange(24.).reshape(4, 6)
      state = torch.nn.BatchNorm1d(3).state_dict()
      state.update(
        base=base, turned=base.t(), part=base[1:3, 2:5:2], half=base.half(),
        brain=base.bfloat16(), whole=torch.tensor(7), none=torch.zeros(0, 3),
        parameter=torch.nn.Parameter(torch.tensor([1.5, -2.5])))
      torch.save({'state_dict': state, 'epoch': 12, 'loss': 0.5}, sys.argv[1],
                 _use_new_zipfile_serialization=\(zip ? "True" : "False"))
      """, [file])
    let checkpoint = try Checkpoint.read(file)
    #expect(checkpoint.format == (zip ? .torchZip : .torchLegacy))
    #expect(checkpoint.metadata == ["epoch": "12", "loss": "0.5"])
    let numbers = (0..<24).map(Float.init)
    #expect(
      checkpoint.tensors == [
        "base": Tensor(shape: [4, 6], values: numbers),
        "turned": Tensor(
          shape: [6, 4], values: (0..<6).flatMap { x in (0..<4).map { Float($0 * 6 + x) } }),
        "part": Tensor(shape: [2, 2], values: [8, 10, 14, 16]),
        "half": Tensor(shape: [4, 6], values: numbers, type: .float16),
        "brain": Tensor(shape: [4, 6], values: numbers, type: .bfloat16),
        "whole": Tensor(shape: [], values: [7], type: .int64),
        "none": Tensor(shape: [0, 3], values: []),
        "parameter": Tensor(shape: [2], values: [1.5, -2.5]),
        "weight": Tensor(shape: [3], values: [1, 1, 1]),
        "bias": Tensor(shape: [3], values: [0, 0, 0]),
        "running_mean": Tensor(shape: [3], values: [0, 0, 0]),
        "running_var": Tensor(shape: [3], values: [1, 1, 1]),
        "num_batches_tracked": Tensor(shape: [], values: [0], type: .int64),
      ])
  }

  @Test(.enabled(if: Python.hasTorch, "needs a Python with torch, see EMENET_PYTHON"))
  func writesWhatPyTorchLoads() throws {
    let folder = TemporaryFolder()
    try sample.write(to: folder.path + "/a.pth", as: .torchZip)
    let printed = try Python.run(
      """
      import sys, torch
      file = torch.load(sys.argv[1], weights_only=True)
      print(file['epoch'], file['metadata'])
      for name, tensor in file['state_dict'].items():
        print(name, tensor.dtype, list(tensor.shape), tensor.flatten().tolist())
      """, [folder.path + "/a.pth"])
    #expect(
      printed == """
        3 {'temporal': 'reset'}
        a torch.float32 [2, 3] [0.0, 1.0, 2.0, 3.0, 4.0, 5.5]
        b torch.bfloat16 [2] [1.0, -2.5]
        n torch.int64 [] [9]

        """)
  }

  @Test(arguments: [.safetensors, .torchZip] as [Checkpoint.Format])
  func readsWhatItWrote(format: Checkpoint.Format) throws {
    let folder = TemporaryFolder()
    try sample.write(to: folder.path + "/a", as: format)
    let read = try Checkpoint.read(folder.path + "/a")
    #expect(read.format == format)
    #expect(read.tensors == sample.tensors)
    #expect(read.metadata == sample.metadata)
  }

  @Test func encodesEachTypeToTheNearest() {
    for type in ElementType.allCases {
      let values: [Float] = type == .bool ? [0, 1] : [0, 1, 100]
      #expect(type.decode(type.encode(values)) == values)
    }
    // Halfway between 1 and the next bfloat16, and slightly more.
    #expect(ElementType.bfloat16.encode([1.00390625]) == [0x80, 0x3f])
    #expect(ElementType.bfloat16.encode([1.003907]) == [0x81, 0x3f])
    #expect(
      ElementType.int64.decode(ElementType.int64.encode([.greatestFiniteMagnitude])) == [0x1p63])
  }
}

let sample = Checkpoint(
  path: "sample",
  tensors: [
    "a": Tensor(shape: [2, 3], values: [0, 1, 2, 3, 4, 5.5]),
    "b": Tensor(shape: [2], values: [1, -2.5], type: .bfloat16),
    "n": Tensor(shape: [], values: [9], type: .int64),
  ], metadata: ["epoch": "3", "temporal": "reset"])
