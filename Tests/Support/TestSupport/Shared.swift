import Foundation

/// The reference's results and weights that lie beside the checkout where the project is built;
/// `EMENET_SHARED` says where else. Tests that need them skip where they are absent.
public enum Shared {
  public static let folder: String? = {
    let named = ProcessInfo.processInfo.environment["EMENET_SHARED"]
    let root = named ?? "../shared"
    return FileManager.default.fileExists(atPath: root + "/parity") ? root : nil
  }()

  public static let isPresent = folder != nil

  public static func path(_ file: String) -> String { (folder ?? "../shared") + "/" + file }

  /// Of EMENet-VA, with four heads.
  public static let voiceCheckpoint = path(
    "parity-va/net_epoch_3_student_round_2_exp_1.pth")
}
