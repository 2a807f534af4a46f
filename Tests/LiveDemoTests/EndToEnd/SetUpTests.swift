import Foundation
import TestSupport
import Testing

/// `scripts/run` and `scripts/test` on a machine that is made of stand-ins: only what lies in `bin`
/// is installed.
@Suite struct SetUpTests {
  private let folder = ScratchFolder()

  init() throws {
    let files = FileManager.default
    let repository = Program.repository.path
    try files.createDirectory(atPath: folder.file("bin"), withIntermediateDirectories: true)
    try files.createDirectory(
      atPath: folder.file("clone/.build/release"), withIntermediateDirectories: true)
    try files.copyItem(atPath: repository + "/scripts", toPath: folder.file("clone/scripts"))
    try files.copyItem(
      atPath: repository + "/Package.swift", toPath: folder.file("clone/Package.swift"))
    try files.createSymbolicLink(
      atPath: folder.file("clone/.build/release/emenet"), withDestinationPath: Program.path)
    for tool in ["bash", "env", "sed", "head", "sort", "dirname"] {
      let path = try #require(
        ["/bin/", "/usr/bin/"].map { $0 + tool }.first(where: files.isExecutableFile))
      try files.createSymbolicLink(atPath: folder.file("bin/" + tool), withDestinationPath: path)
    }
    try install("id", "echo 1000")
    try install("dpkg-query", "echo installed")
    try install("apt-get", #"echo "apt-get $*""#)
    try install(
      "swift",
      #"[ "$1" = --version ] && echo "Swift version 6.2.1 (swift-6.2.1-RELEASE)" || echo "swift $*""#
    )
  }

  private func install(_ tool: String, _ script: String) throws {
    let path = folder.file("bin/" + tool)
    try "#!/bin/bash\n\(script)\n".write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private func run(_ script: String, _ words: String...) throws -> Program.Outcome {
    try Program(
      [folder.file("clone/scripts/" + script)] + words, executable: "/bin/bash",
      environment: ["PATH": folder.file("bin")]
    ).finish()
  }

  @Test func standardOutputIsTheProgramsAlone() throws {
    try install("dpkg-query", #"[ "${@: -1}" = libpng-dev ] || echo installed"#)
    try install("sudo", #"exec "$@""#)
    let outcome = try run("run", "--version")
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("emenet ") && outcome.output.split(separator: "\n").count == 1)
    #expect(outcome.errors.contains("installing 1 Debian packages"))
    #expect(outcome.errors.contains("apt-get install -y --no-install-recommends libpng-dev"))
    #expect(
      outcome.errors.contains("swift build -c release --no-color-diagnostics --product emenet"))
  }

  @Test func withoutSudoItSaysWhatToInstallAndHow() throws {
    try install("dpkg-query", #"[ "${@: -1}" = libpng-dev ] || echo installed"#)
    let outcome = try run("run", "--version")
    #expect(outcome.exitCode == 1 && outcome.output == "")
    #expect(
      outcome.errors.contains(
        "\n  apt-get update && apt-get install -y --no-install-recommends libpng-dev\n"))
  }

  @Test(
    arguments: [
      (nil, "swift: not found; install Swift 6.2 or later"),
      (
        "Swift version 6.1.2 (swift-6.1.2-RELEASE)",
        "swift: this is version 6.1.2; install Swift 6.2"
      ),
      (
        "Apple Swift version 5.10 (swiftlang-5.10)",
        "swift: this is version 5.10; install Swift 6.2"
      ),
      ("nonsense", "swift: this is version unknown; install Swift 6.2"),
    ] as [(String?, String)])
  func anotherSwiftIsSaidBeforeAnythingIsInstalled(version: String?, part: String) throws {
    try FileManager.default.removeItem(atPath: folder.file("bin/swift"))
    if let version { try install("swift", "echo '\(version)'") }
    try install("dpkg-query", "true")
    let outcome = try run("run")
    #expect(outcome.exitCode == 1 && outcome.errors.contains(part), "\(outcome.errors)")
    #expect(!outcome.errors.contains("apt-get"))
  }

  /// `swift test` would build with flags of its own, and each would undo the other's build.
  @Test func runAndTestShareOneBuild() throws {
    let outcome = try run("test", "--filter", "row4_")
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let calls = outcome.output.split(separator: "\n")
    #expect(
      calls == [
        "swift build -c release --no-color-diagnostics --build-tests",
        "swift test -c release --skip-build --filter row4_",
      ])
  }
}
