import Glibc
import Inference
import Runtime

extension Failure {
  init(_ error: CheckpointError) {
    let exitCode: ExitCode =
      if case .unwritable = error.problem { .outputNotWritable } else { .badCheckpoint }
    let what = error.path + (error.tensor.map { ": tensor '\($0)'" } ?? "")
    self.init(
      what, Self.words(error.problem), do: Self.remedy(error.problem), exitCode: exitCode)
  }

  private static func remedy(_ problem: CheckpointError.Problem) -> String {
    switch problem {
    case .unreadable(ENOENT): "name an existing file with --checkpoint"
    case .unreadable: "make it readable or name another with --checkpoint"
    case .unwritable: "choose another output"
    case .mismatch: "use a checkpoint of EMENet-V or EMENet-VA"
    case .otherFrontEnd: "use one that was trained with NeMo's marblenet_3x2x64"
    case .otherKind: "name checkpoints of one network with --checkpoint"
    default: "get the file again or name another with --checkpoint"
    }
  }

  private static func words(_ problem: CheckpointError.Problem) -> String {
    switch problem {
    case .unreadable(let code): "cannot be read: \(errnoText(code))"
    case .unwritable(let code): "cannot be written: \(errnoText(code))"
    case .empty: "the file is empty"
    case .unknownFormat: "neither safetensors nor a PyTorch checkpoint"
    case .truncated(let end, let size): "the file ends at byte \(size) and should reach \(end)"
    case .headerTooLarge(let bytes, let limit):
      "its header says \(bytes) bytes, more than the \(limit) that are allowed"
    case .badHeader(let reason): "damaged header: \(reason)"
    case .unsupportedType(let type): "number type \(type) is not supported"
    case .badShape(let shape): "impossible shape \(shape)"
    case .badOffsets(let begin, let end, let size):
      "bytes \(words(begin)) to \(words(end)) lie outside the \(size) bytes of data"
    case .wrongSize(let expected, let found): "holds \(found) bytes and its shape needs \(expected)"
    case .overlap(let other): "overlaps tensor '\(other)'"
    case .hole(let from, let to): "bytes \(from) to \(to) belong to no tensor"
    case .duplicate: "is there twice"
    case .tooManyNumbers(let count, let limit):
      "\(count) numbers, more than the \(limit) that are allowed"
    case .zip(_, let reason): "damaged zip archive: \(reason)"
    case .noPickle: "a zip archive, but none that PyTorch saved: it has no data.pkl"
    case .badEntry(let name): "its part '\(name)' is compressed, encrypted or damaged"
    case .bigEndian: "was saved on a big-endian machine"
    case .pickle(let error): words(error)
    case .noStateDict: "holds no dictionary of tensors"
    case .notATensor: "is not a tensor"
    case .badStorage: "its numbers are missing or of an unknown type"
    case .outsideStorage(_, let shape, _, let count):
      "shape \(shape) with its offset and strides reaches beyond the \(count) numbers it has"
    case .notFinite(let index): "value \(index) is not a finite number"
    case .mismatch(let mismatch): words(mismatch)
    case .otherFrontEnd(let difference):
      "was trained with another front end for sound: it differs by up to \(difference)"
    case .otherKind(let kind, let first): "is of \(kind), the first member is of \(first)"
    }
  }

  /// JSON's numbers need not be whole.
  private static func words(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  private static func words(_ error: PickleError) -> String {
    switch error {
    case .endsEarly: "its pickle ends early"
    case .forbidden(let name): "its pickle would run '\(name)', which no tensor needs"
    case .unknownOpcode(let code, let position):
      "its pickle has opcode \(code) at byte \(position), which no tensor needs"
    case .malformed(let position): "its pickle is damaged at byte \(position)"
    case .tooLarge: "its pickle makes more objects than any network needs"
    }
  }

  private static func words(_ mismatch: CheckpointError.Mismatch) -> String {
    let shapes = mismatch.misshapen.map { "\($0.name) \($0.found) for \($0.expected)" }
    return [
      ("missing", mismatch.missing), ("unexpected", mismatch.unexpected), ("misshapen", shapes),
    ].filter { !$0.1.isEmpty }.map { title, names in
      "\(names.count) \(title) (\(names.joined(separator: ", ")))"
    }.joined(separator: ", ")
  }
}
