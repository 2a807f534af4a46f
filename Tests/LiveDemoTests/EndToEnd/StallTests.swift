import Foundation
import Runtime
import TestSupport
import Testing

/// Signals, readers and crashes at the worst moment, in the whole program.
@Suite(.serialized) struct StallTests {
  private let folder = ScratchFolder()
  private static let endless = [
    "--input", Program.sample, "--members", "1", "--loop", "--no-ui", "--state", "reset",
  ]

  /// A FIFO that is open for reading but never read.
  private func stalledPipe() throws -> (path: String, descriptor: Int32) {
    let path = folder.file("records")
    try #require(mkfifo(path, 0o600) == 0)
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    try #require(descriptor >= 0)
    // F_SETPIPE_SZ, which Glibc does not import: a page, so that few records fill it.
    try #require(fcntl(descriptor, 1031, 4096) == 4096)
    return (path, descriptor)
  }

  private func expectWhole(_ video: String) throws {
    let probe = try VideoProbe(video)
    #expect(!probe.times.isEmpty)
    #expect(abs(probe.duration - Double(probe.times.count) / 30) < 0.04)
  }

  // MARK: 21

  @Test(arguments: ["avi", "mkv", "mp4"], [0, 5000, 20000] as [UInt32])
  func row21_twoSignalsAreOneAndTheVideoIsWhole(container: String, apart: UInt32) throws {
    let video = folder.file("out.\(container)")
    let program = try Program(Self.endless + ["--realtime", "--save-file", video])
    #expect(program.wait(for: video, bytes: container == "mp4" ? 40 : 20_000))
    usleep(200_000)
    program.send(SIGTERM)
    usleep(apart)
    program.send(SIGTERM)
    let outcome = try program.finish()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    if container == "avi" { try expectWhole(video) } else { _ = try VideoProbe(video) }
  }

  /// Writing records never ends, so the first signal alone would wait until their deadline.
  @Test func row21_aLaterSignalHurriesAndTheVideoIsWhole() throws {
    let (pipe, reader) = try stalledPipe()
    defer { close(reader) }
    let video = folder.file("out.avi")
    let program = try Program(Self.endless + ["--realtime", "--save-file", video, "--json", pipe])
    #expect(program.wait(for: video, bytes: 20_000))
    program.send(SIGTERM)
    usleep(2_200_000)
    program.send(SIGTERM)
    _ = try program.finish()
    try expectWhole(video)
  }

  // MARK: 22

  @Test(arguments: [true, false], [true, false])
  func row22_recordsThatNobodyReadsStopNothing(isOpen: Bool, isRealtime: Bool) throws {
    let (pipe, reader) = try stalledPipe()
    if !isOpen { close(reader) }
    defer { if isOpen { close(reader) } }
    let (video, table) = (folder.file("out.avi"), folder.file("all.csv"))
    let program = try Program(
      Self.endless + (isRealtime ? ["--realtime"] : []) + [
        "--save-file", video, "--json", pipe, "--csv", table,
      ])
    // More frames than the pipe and the queue can hold.
    #expect(program.wait(for: table, bytes: 60_000))
    let start = Date()
    program.send(SIGTERM)
    let outcome = try program.finish()
    #expect(Date().timeIntervalSince(start) < 20)
    #expect(outcome.exitCode == 5)
    #expect(outcome.errors.contains("emenet: \(pipe): "), "\(outcome.errors)")
    #expect(outcome.errors.contains("left out"), "\(outcome.errors)")
    try expectWhole(video)
  }

  // MARK: 23

  private static let compiler: String? = {
    let places: [String] = ["/usr/bin/cc", "/usr/bin/clang"]
    return places.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  @Test(
    .enabled(if: compiler != nil, "there is no C compiler"),
    .enabled(if: !Sanitizer.isOn, "a sanitizer has a heap of its own"))
  func row23_aCrashInMallocGivesTheTerminalBack() throws {
    let library = folder.file("corrupter.so")
    let compiled = try Program(
      ["-shared", "-fPIC", "-o", library]
        + [Program.repository.path + "/Tests/Support/heap-corrupter.c"],
      executable: try #require(Self.compiler)
    ).finish()
    try #require(compiled.exitCode == 0, "\(compiled.errors)")
    let terminal = try PseudoTerminal(
      Self.endless.filter { $0 != "--no-ui" } + ["--realtime"],
      environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "LD_PRELOAD": library])
    #expect(terminal.wait { $0.text.contains("ambiguous") })
    #expect(!terminal.isRestored)
    terminal.send(SIGUSR2)
    let code = try #require(terminal.exitCode(), "it hangs")
    #expect([SIGABRT, SIGSEGV].contains(code))
    #expect(terminal.isRestored)
    #expect(terminal.text.contains("\u{1b}[?1049l"))
  }

  // MARK: 24

  /// On one core libdispatch makes one thread for all tasks: were it to wait for an output, an encoder
  /// or a key, nothing would go on.
  @Test func row24_nothingBlocksTheCooperativePool() throws {
    let (pipe, reader) = try stalledPipe()
    defer { close(reader) }
    let video = folder.file("out.avi")
    let program = try Program(
      ["--cpu-list", Self.core, Program.path] + Self.endless + [
        "--save-file", video, "--json", pipe,
      ],
      executable: "/usr/bin/taskset")
    var poolSizes: Set<Int> = []
    func countPool(_ threads: [(name: String, isWriting: Bool)]) {
      poolSizes.insert(threads.count { $0.name == "oot.default-qos" })
    }
    // While all goes on: a thread of the pool that has nothing to do for five seconds ends.
    for _ in 0..<12_000 where !poolSizes.contains(1) && !Sanitizer.isOn {
      countPool(try threads(of: program))
      usleep(5000)
    }
    #expect(program.wait(for: video, bytes: 300_000))
    var names: Set<String> = []
    var writers: Set<String> = []
    // Half a second of it; longer on a machine where the pipe fills more slowly.
    for round in 0..<12_000 where round < 100 || !writers.contains("records") {
      let present = try threads(of: program)
      for thread in present {
        names.insert(thread.name)
        if thread.isWriting { writers.insert(thread.name) }
      }
      countPool(present)
      usleep(5000)
    }
    // Thread names as in `ps -L`.
    let expected: Set = ["capture", "pipeline", "screen", "recorder", "records", "signals"]
    #expect(names.isSuperset(of: expected), "\(names)")
    #expect(!names.contains("kernels"), "more threads than cores")
    #expect(writers.isSubset(of: ["records", "recorder", "screen"]), "\(writers)")
    #expect(writers.contains("records"))
    // ThreadSanitizer's threads have no names of libdispatch.
    #expect(
      poolSizes.contains(1) && poolSizes.isSubset(of: [0, 1]) || Sanitizer.isOn,
      "libdispatch has another name for its threads, or more than one: \(poolSizes)")
    #expect(program.wait(for: video, bytes: 600_000))
    program.send(SIGTERM)
    _ = try program.finish()
    try expectWhole(video)
  }

  /// One that this process may use.
  private static let core: String = {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    return status.firstMatch(of: /Cpus_allowed_list:\s*(\d+)/).map { String($0.output.1) } ?? "0"
  }()

  private func threads(of program: Program) throws -> [(name: String, isWriting: Bool)] {
    #if arch(x86_64)
      let write = "1 "
    #else
      let write = "64 "
    #endif
    let tasks = "/proc/\(program.identifier)/task"
    return try FileManager.default.contentsOfDirectory(atPath: tasks).compactMap { task in
      // A thread may end between the two calls.
      guard let name = try? String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8),
        let call = try? String(contentsOfFile: "\(tasks)/\(task)/syscall", encoding: .utf8)
      else { return nil }
      return (String(name.dropLast()), call.hasPrefix(write))
    }
  }
}
