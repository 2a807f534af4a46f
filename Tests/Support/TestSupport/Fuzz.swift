import Foundation
import Testing

/// Tries one seed after the other until the time is over.
///
/// `EMENET_FUZZ_SECONDS` says how long each target is tried (2 by default); `EMENET_FUZZ_SEED` tries
/// that seed alone, which a failure prints.
package enum Fuzz {
  private static let environment = ProcessInfo.processInfo.environment

  /// `accepts`: whether the damaged input of a seed was taken, as opposed to refused in the right
  /// way; throws or records an issue where it was neither.
  package static func run(_ target: String, _ accepts: (UInt64) throws -> Bool) throws {
    let seconds = environment["EMENET_FUZZ_SECONDS"].flatMap(Double.init) ?? 2
    let only = environment["EMENET_FUZZ_SEED"].flatMap(UInt64.init)
    let deadline = Date().addingTimeInterval(seconds)
    // A crash shows nothing but this file: the seed that was being tried.
    let note = FileManager.default.temporaryDirectory.appending(path: "emenet-fuzz-\(target)")
    var seed = only ?? 0
    var accepted = 0
    repeat {
      try Data("EMENET_FUZZ_SEED=\(seed)\n".utf8).write(to: note)
      if try accepts(seed) { accepted += 1 }
      seed += 1
    } while only == nil && Date() < deadline
    try FileManager.default.removeItem(at: note)
    print("fuzz \(target): \(seed) inputs, \(accepted) of them accepted")
    // Damage that nothing survives would test the first check only.
    #expect(only != nil || accepted > 0 && accepted < Int(seed), "\(target)")
  }
}
