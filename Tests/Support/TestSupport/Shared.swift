import Foundation

/// The reference's results and weights, which are next to the checkout where the project is
/// developed, or at `EMENET_SHARED`. Tests that need them are skipped if they are missing.
public enum Shared {
  public static let folder: String? = {
    let named = ProcessInfo.processInfo.environment["EMENET_SHARED"]
    let root = named ?? "../shared"
    return FileManager.default.fileExists(atPath: root + "/parity") ? root : nil
  }()

  public static let isPresent = folder != nil

  public static func path(_ file: String) -> String { (folder ?? "../shared") + "/" + file }

  /// An EMENet-VA with four heads.
  public static let voiceCheckpoint = path(
    "parity-va/net_epoch_3_student_round_2_exp_1.pth")
}
