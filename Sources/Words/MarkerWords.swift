import Glibc
import Reading
import Runtime

extension Failure {
  package init(_ problem: MarkerInput.Problem) {
    switch problem {
    case .notAPipe(let path):
      self.init(
        path, "exists and is not a named pipe",
        do: "choose another for --markers; the pipe is made", exitCode: .nothingDone)
    case .unknownHost(let address, let reason):
      self.init(
        address, "the host is unknown (\(reason))",
        do: "leave it out for this machine alone: udp://:PORT", exitCode: .nothingDone)
    case .refused(let address, _, EADDRINUSE):
      self.init(
        address, "another program has this port", do: "end it or choose another port",
        exitCode: .nothingDone)
    case .refused(let address, let call, let code):
      self.init(
        address, "\(call): \(errnoText(code))", do: "choose another place for --markers",
        exitCode: .nothingDone)
    }
  }
}
