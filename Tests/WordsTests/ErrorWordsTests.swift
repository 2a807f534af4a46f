import Capture
import Glibc
import Inference
import Layers
import Options
import Recording
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

  @Test func anUnknownErrorIsAFaultOfOurs() {
    struct Unknown: Error {}
    #expect(Failure(Unknown()).exitCode == .nothingDone)
    #expect(Failure(Unknown()).line.contains("internal error"))
  }
}
