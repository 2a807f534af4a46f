/// Why readings currently do not reach a destination.
package enum PublishingError: Error, Equatable, Sendable {
  /// The host name cannot be resolved.
  case unknownHost(String, reason: String)
  /// Another program uses the port.
  case portTaken(Int)
  /// The address belongs to another machine, so the port cannot be opened there.
  case foreignAddress(String)
  /// There is no receiver any more.
  case noReceiver
  /// No broker answers at the address.
  case noBroker(reason: String)
  case brokerLeft
  /// The broker rejected the connection.
  case brokerRefused(reason: String)
  case failed(call: String, reason: String)
}

/// A message for the user, sent when a destination's state changes, not for every frame.
package struct PublishingNotice: Equatable, Sendable {
  package var destination: Destination
  /// nil when readings arrive again.
  package var trouble: PublishingError?

  package init(_ destination: Destination, _ trouble: PublishingError?) {
    self.destination = destination
    self.trouble = trouble
  }
}
