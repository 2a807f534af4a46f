import Capture
import FaceCrop
import Glibc
import Inference
import Options
import Reading
import Recording
import Records
import Runtime
import Screen

extension Failure {
  /// The only place where errors become words and exit codes.
  package init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as UsageError: self.init(error)
    case let error as InputError: self.init(error)
    case let error as CheckpointError: self.init(error)
    case let error as OutputError: self.init(error)
    case let error as TerminalError: self.init(error)
    case let error as RecordingError: self.init(error)
    case let error as CameraError: self.init(error)
    case let error as MediaFileError: self.init(error)
    case let error as MicrophoneError: self.init(error)
    case let error as PictureError: self.init(error)
    case let error as RecordFile.Problem: self.init(error)
    case let error as MarkerInput.Problem: self.init(error)
    case let error as Configuration.Problem: self.init(error)
    default: self.init("internal error", "\(error)", exitCode: .nothingDone)
    }
  }
}

extension Failure {
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
        failure(path, "the folder \(directory) does not exist", "create it first")
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
      case .closedPipe(let path):
        failure(path, "the program that read it has ended", "start it again")
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
          path, "videos with this extension cannot be recorded",
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
          path, "it contains no picture that could be saved", do: "nothing else can be done",
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
        tried.count == 1
          ? failure(
            tried[0], "no camera is there",
            "see 'emenet devices' for the cameras, or play a video: 'emenet --input FILE'")
          : failure(
            "camera",
            tried.isEmpty
              ? "there is no /dev/video*"
              : "none of \(tried.joined(separator: ", ")) is a camera",
            "connect one, or play a video: 'emenet --input FILE'")
      case .notFound(let selector, let cameras):
        failure(
          selector, "no camera has this name",
          cameras.isEmpty
            ? "connect one; there is none now" : "there are \(cameras.joined(separator: ", "))")
      case .notACaptureDevice(let device):
        failure(device, "does not capture video", "see 'emenet devices' for the cameras")
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
      case .unreachable(let address, let trouble):
        Failure(address, trouble.words.why, do: trouble.words.remedy, exitCode: .noCamera)
      case .notAStream(let address, let error):
        failure(
          address, Failure(error).why, "name the address of its video stream, as its manual has it")
      case .isAFile(let address):
        failure(
          address, "a video file, not a camera",
          "download it, or pipe it: 'curl URL | emenet --input -'")
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
        failure(device, "no microphone has this name", "see 'emenet devices'")
      case .busy(let device):
        failure(device, "another program is using it", "close it")
      case .noPermission(let device):
        failure(
          device, "you may not open it",
          "join the group 'audio' (sudo usermod -aG audio $USER) and log in again")
      case .noUsableFormat(let device):
        failure(device, "offers no sample format that can be read", "choose its plughw:")
      case .refused(let device, let call, let code):
        failure(device, "\(call): \(errnoText(code))", "choose another of 'emenet devices'")
      }
  }

  static func remedy(unreadable code: Int32) -> String {
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
      case .notAFile(let path): failure(path, "not a file", "name a video or sound file")
      case .terminal:
        failure(
          "standard input", "is a terminal, not a video", "run 'PROGRAM | emenet --input -'")
      case .unknownFormat(let path, let reason):
        failure(path, "not a video or sound file: \(reason)", "name a video or sound file")
      case .nested(let path):
        failure(
          path, "a playlist, which opens other files, or a container that is not read",
          "name the video itself")
      case .noPictures(let path): failure(path, "it contains no pictures", "name a video")
      case .noSound(let path): failure(path, "it contains no sound", "name a file with sound")
      case .picturesOnly(let path):
        failure(path, "from a pipe, only the pictures are read", "give its sound with --audio FILE")
      case .noDecoder(let path, let codec):
        failure(path, "no decoder for \(codec)", "convert it with ffmpeg")
      case .tooLarge(let path, let width, let height):
        failure(path, "\(width)x\(height) is larger than the limit", "scale it with ffmpeg")
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
        failure(path, "not a file", "name pictures, also as FOLDER/*.jpg")
      case .unknownFormat(let path):
        failure(
          path, "not a picture of a known format",
          "convert it to JPEG or PNG; if it is a video, 'emenet FILE' plays it")
      case .animatedWebP(let path):
        failure(
          path, "an animated WebP, which this FFmpeg does not read",
          "save one of its pictures as a separate file")
      case .damaged(let path, let reason):
        failure(path, "damaged: \(reason)", "get the file again")
      case .tooLarge(let path): failure(path, "larger than the limit", "scale it down")
      }
  }
}
