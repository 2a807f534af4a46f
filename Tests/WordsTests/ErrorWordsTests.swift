import Capture
import Glibc
import Inference
import Layers
import Options
import Recording
import Records
import Runtime
import Screen
import Testing

@testable import Words

@Suite struct ErrorWordsTests {
  private static let errors: [(any Error, ExitCode)] = [
    (CheckpointError("a.pth", .unreadable(errno: ENOENT)), .badCheckpoint),
    (CheckpointError("a.pth", .unwritable(errno: EACCES)), .outputNotWritable),
    (OutputError.exists(path: "a.avi"), .outputNotWritable),
    (OutputError.full(path: "a.avi", code: ENOSPC), .outputNotWritable),
    (RecordingError.unknownContainer(path: "a.gif", known: ["avi"]), .outputNotWritable),
    (RecordingError.nothingToRepair(path: "a.avi"), .nothingDone),
    (CameraError.noDevice(tried: []), .noCamera),
    (CameraError.busy(device: "/dev/video0"), .noCamera),
    (MicrophoneError.busy(device: "default"), .noCamera),
    (MediaFileError.unreadable(path: "a.mp4", errno: ENOENT), .nothingDone),
    (PictureError.unknownFormat(path: "a.txt"), .nothingDone),
    (TerminalError.unusable(name: nil), .usage),
    (UsageError.missingValue(option: "json", command: "live"), .usage),
  ]

  /// `emenet: WHAT: WHY; WHAT TO DO`
  @Test(arguments: errors.indices)
  func linesSayWhatWhyAndWhatToDo(index: Int) throws {
    let (error, exitCode) = Self.errors[index]
    let failure = Failure(error)
    #expect(failure.exitCode == exitCode)
    #expect(failure.line.wholeMatch(of: /emenet: \S.*: \S.*; \S.*[^.]/) != nil, "\(failure.line)")
  }

  @Test(
    arguments: [
      (CameraError.noDevice(tried: ["/dev/video7"]), "/dev/video7: no camera is there;"),
      (CameraError.noDevice(tried: ["/dev/video0", "/dev/video1"]), "none of /dev/video0, /dev/"),
      (
        CheckpointError("a", tensor: "t", .badOffsets(begin: 8, end: 2.5, size: 3)),
        "bytes 8 to 2.5 lie outside the 3 bytes"
      ),
      (RecordFile.Problem.unreadable(path: "a.jsonl", errno: ENOENT), "check its name"),
      (RecordFile.Problem.unreadable(path: "a.jsonl", errno: EACCES), "that you may read"),
    ] as [(any Error, String)])
  func wordsFitTheirEvidence(error: any Error, words: String) {
    #expect(Failure(error).line.contains(words), "\(Failure(error).line)")
  }

  @Test func anUnknownErrorIsAFaultOfOurs() {
    struct Unknown: Error {}
    #expect(Failure(Unknown()).exitCode == .nothingDone)
    #expect(Failure(Unknown()).line.contains("internal error"))
  }
}
