import Capture
import Runtime

extension StreamTrouble {
  /// Why a network camera cannot be opened, and what to do.
  var words: (why: String, remedy: String) {
    switch self {
    case .unknownHost(let host):
      ("the host \(host) is unknown", "check the name, or use the camera's number")
    case .noAnswer: ("no answer", "see that the camera is on and the address is right")
    case .refused(let code):
      (errnoText(code), "see that the camera is on and the address and port are right")
    case .login(isGiven: false):
      (
        "wants a user name and password",
        "write them before its name in the address, as USER:PASSWORD@"
      )
    case .login(isGiven: true):
      ("refuses this user name or password", "check them; write @ as %40 and / as %2F in them")
    case .notFound:
      ("has no stream of this name", "see the camera's manual for its address")
    case .other(let reason): (reason, "see that the address is that of a video stream")
    }
  }
}
