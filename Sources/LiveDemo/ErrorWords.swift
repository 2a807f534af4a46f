import Capture
import FaceCrop
import Glibc
import Inference
import Reading
import Recording
import Runtime
import Screen

extension Failure {
  /// The one place where errors become words and exit codes.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as UsageError: self.init(error)
    case let error as CheckpointError: self.init(error)
    case let error as OutputError: self.init(error)
    case let error as TerminalError: self.init(error)
    case let error as RecordingError: self.init(error)
    case let error as CameraError: self.init(error)
    case let error as MediaFileError: self.init(error)
    case let error as MicrophoneError: self.init(error)
    case let error as PictureError: self.init(error)
    default: self.init("internal error", "\(error)", exitCode: .nothingDone)
    }
  }
}

extension Failure {
  private init(_ error: CheckpointError) {
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
      "bytes \(begin) to \(end) lie outside the \(size) bytes of data"
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
    case .notATensor: "is no tensor"
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

  private init(_ error: TerminalError) {
    switch error {
    case .unusable(let name):
      self.init(
        "TERM", name.map { "'\($0)' has no screen to draw on" } ?? "it is not set",
        do: "going on with status lines; set TERM to your terminal's type", exitCode: .usage)
    }
  }

  private init(_ error: OutputError) {
    func failure(_ path: String, _ why: String, _ remedy: String?) -> Failure {
      Failure(
        path == "-" ? "standard output" : path, why, do: remedy, exitCode: .outputNotWritable)
    }
    self =
      switch error {
      case .exists(let path):
        failure(path, "the file exists", "choose another name, or --force to replace it")
      case .isDirectory(let path): failure(path, "this is a folder", "name a file in it")
      case .isInput(let path):
        failure(path, "the same command reads this file", "choose another output")
      case .noDirectory(let path, let directory):
        failure(path, "there is no folder \(directory)", "make it first")
      case .notWritable(let path, ENAMETOOLONG), .failed(let path, ENAMETOOLONG):
        failure(path, errnoText(ENAMETOOLONG), "choose a shorter name")
      case .notWritable(let path, let code):
        failure(path, errnoText(code), "choose a place that you may write to")
      case .inUse(let path):
        failure(path, "another program is writing it", "choose another name")
      case .full(let path, EFBIG):
        failure(path, errnoText(EFBIG), "raise the limit (ulimit -f) or begin a new file")
      case .full(let path, let code):
        failure(path, errnoText(code), "free some space or choose another disk")
      case .closedPipe(let path): failure(path, "its reader went away", "start it again")
      case .failed(let path, let code):
        failure(path, errnoText(code), "choose another place for it")
      }
  }
}

extension Failure {
  private init(_ error: RecordingError) {
    func failure(_ what: String, _ why: String, _ remedy: String?) -> Failure {
      Failure(what, why, do: remedy, exitCode: .outputNotWritable)
    }
    self =
      switch error {
      case .output(let error): Failure(error)
      case .unknownContainer(let path, let known):
        failure(
          path, "no kind of video has this ending",
          "use " + known.map { ".\($0)" }.joined(separator: ", "))
      case .noEncoder(let names):
        failure(
          "libavcodec", "has no encoder \(names.joined(separator: " or "))",
          "install Debian's libavcodec59, or record to .avi")
      case .refused(let path, let call, let reason):
        failure(path, "\(call): \(reason)", "record to a file of another kind, or with more memory")
      case .unreadable(let path, let code):
        Failure(path, errnoText(code), do: Self.remedy(unreadable: code), exitCode: .nothingDone)
      case .nothingToRepair(let path):
        Failure(
          path, "there is no picture in it that could be saved", do: "nothing else can be done",
          exitCode: .nothingDone)
      case .notRepairable(let path, let reason):
        Failure(
          path, reason, do: "repair mends .avi, .mkv and .mp4 files that emenet recorded",
          exitCode: .nothingDone)
      }
  }

  private init(_ error: CameraError) {
    func failure(_ what: String, _ why: String, _ remedy: String?) -> Failure {
      Failure(what, why, do: remedy, exitCode: .noCamera)
    }
    self =
      switch error {
      case .noDevice(let tried):
        failure(
          "camera",
          tried.isEmpty
            ? "there is no /dev/video*" : "none of \(tried.joined(separator: ", ")) is a camera",
          "connect one, or play a video: 'emenet --input FILE'")
      case .notFound(let selector, let cameras):
        failure(
          selector, "no camera is called so",
          cameras.isEmpty ? "connect one" : "there are \(cameras.joined(separator: ", "))")
      case .notACaptureDevice(let device):
        failure(device, "does not deliver pictures", "see 'emenet devices' for the cameras")
      case .noPermission(let device):
        failure(
          device, "you may not open it",
          "join the group 'video' (sudo usermod -aG video $USER) and log in again")
      case .busy(let device):
        failure(device, "another program is using it", "close it or choose --device")
      case .refused(let device, let call, let code):
        failure(
          device, "\(call): \(errnoText(code))",
          code == ENOENT ? "see 'emenet devices' for the cameras" : "unplug it and try again")
      case .noUsableFormat(let device, let offered):
        failure(device, "offers only \(offered.joined(separator: ", "))", "choose --device")
      case .formatRefused(let device, let asked, let got):
        failure(device, "asked \(asked), got \(got)", "ask for that, or leave --strict out")
      case .lost(let device, let seconds):
        failure(
          device, "lost, and not back within \(tenths(seconds)) s", "connect it and start again")
      }
  }

  private init(_ error: MicrophoneError) {
    let goOn = "or go on without sound: --audio none"
    func failure(_ device: String, _ why: String, _ remedy: String) -> Failure {
      Failure(device, why, do: "\(remedy), \(goOn)", exitCode: .noCamera)
    }
    self =
      switch error {
      case .notFound(let device):
        failure(device, "there is no such microphone", "see 'emenet devices'")
      case .busy(let device):
        failure(device, "another program is using it", "close it")
      case .noPermission(let device):
        failure(
          device, "you may not open it",
          "join the group 'audio' (sudo usermod -aG audio $USER) and log in again")
      case .noUsableFormat(let device):
        failure(device, "has none of the sample formats that we read", "choose its plughw:")
      case .refused(let device, let call, let code):
        failure(device, "\(call): \(errnoText(code))", "choose another of 'emenet devices'")
      }
  }

  private static func remedy(unreadable code: Int32) -> String {
    [ENOENT: "check its name", EISDIR: "name a file in it"][code] ?? "name a file that you may read"
  }

  private init(_ error: MediaFileError) {
    func failure(_ path: String, _ why: String, _ remedy: String) -> Failure {
      Failure(path == "-" ? "standard input" : path, why, do: remedy, exitCode: .nothingDone)
    }
    self =
      switch error {
      case .unreadable(let path, let code):
        failure(path, errnoText(code), Self.remedy(unreadable: code))
      case .notAFile(let path): failure(path, "this is no file", "name a video or sound file")
      case .terminal:
        failure(
          "standard input", "is a terminal, not a video", "run 'PROGRAM | emenet --input -'")
      case .unknownFormat(let path, let reason):
        failure(path, "no video or sound: \(reason)", "name a video or sound file")
      case .nested(let path):
        failure(
          path, "a playlist, which opens other files, or a container that is not read",
          "name the video itself")
      case .noPictures(let path): failure(path, "there is no picture in it", "name a video")
      case .noSound(let path): failure(path, "there is no sound in it", "name one that has some")
      case .picturesOnly(let path):
        failure(path, "of a pipe only the pictures are read", "name its sound with --audio FILE")
      case .noDecoder(let path, let codec):
        failure(path, "no decoder for \(codec)", "convert it with ffmpeg")
      case .tooLarge(let path, let width, let height):
        failure(path, "\(width)x\(height) is larger than we take", "scale it with ffmpeg")
      case .nothingDecoded("-", _):
        failure(
          "-", "no picture could be decoded as it came",
          "name the file, or pipe a format that needs no index, such as Matroska")
      case .nothingDecoded(let path, let damaged):
        failure(path, "nothing could be decoded, \(damaged) packets are damaged", "get it again")
      }
  }

  private init(_ error: PictureError) {
    func failure(_ path: String, _ why: String, _ remedy: String) -> Failure {
      Failure(path, why, do: remedy, exitCode: .nothingDone)
    }
    self =
      switch error {
      case .unreadable(let path, let code):
        failure(path, errnoText(code), Self.remedy(unreadable: code))
      case .notAFile(let path):
        failure(path, "this is no file", "name pictures, also as FOLDER/*.jpg")
      case .unknownFormat(let path):
        failure(
          path, "not a picture of a known format",
          "convert it to JPEG or PNG; if it is a video, 'emenet FILE' plays it")
      case .damaged(let path, let reason): failure(path, "damaged: \(reason)", "get it again")
      case .tooLarge(let path): failure(path, "larger than we take", "scale it down")
      }
  }
}
