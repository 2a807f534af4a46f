import Foundation
import Testing

/// Tries one seed after another until the time is over.
///
/// `EMENET_FUZZ_SECONDS` is the time for each target (2 by default); `EMENET_FUZZ_SEED` runs only
/// that seed, which a failure prints.
package enum Fuzz {
  private static let environment = ProcessInfo.processInfo.environment

  /// - Parameter accepts: returns whether the damaged input of a seed was accepted rather than
  ///   properly refused; throws or records an issue in any other case
  package static func run(_ target: String, _ accepts: (UInt64) throws -> Bool) throws {
    let seconds = environment["EMENET_FUZZ_SECONDS"].flatMap(Double.init) ?? 2
    let only = environment["EMENET_FUZZ_SEED"].flatMap(UInt64.init)
    let deadline = Date().addingTimeInterval(seconds)
    // After a crash, only this file tells which seed was being tried.
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
    // If the damage were always fatal, only the first check would be tested.
    #expect(only != nil || accepted > 0 && accepted < Int(seed), "\(target)")
  }
}
