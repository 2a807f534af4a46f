import Publishing
import Runtime

extension Failure {
  /// A destination of `--publish` that has failed or is reachable again; the run continues.
  package init(_ notice: PublishingNotice) {
    let again = "tried again every few seconds"
    let (why, remedy): (String, String?) =
      switch notice.trouble {
      case nil: ("readings arrive again", nil)
      case .unknownHost(let host, let reason):
        ("the host \(host) is unknown (\(reason))", "check its name; \(again)")
      case .portTaken(let port):
        ("another program has port \(port)", "end it or choose another port; \(again)")
      case .foreignAddress(let host):
        (
          "\(host) is not an address of this machine, which subscribers connect to",
          "name one of its own, or * for all"
        )
      case .noReceiver: ("nothing is receiving there", "start the receiver; it may come and go")
      case .noBroker(let reason): ("no broker answers (\(reason))", "start it; \(again)")
      case .brokerLeft: ("the broker is gone", "start it; \(again)")
      case .brokerRefused(let reason): ("the broker refuses (\(reason))", again)
      case .failed(let call, let reason): ("\(call): \(reason)", again)
      }
    self.init(notice.destination.url, why, do: remedy, exitCode: .outputNotWritable)
  }
}
