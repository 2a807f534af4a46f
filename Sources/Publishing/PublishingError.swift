/// Why readings do not reach a destination for the time being.
package enum PublishingError: Error, Equatable, Sendable {
  /// The name cannot be looked up.
  case unknownHost(String, reason: String)
  /// Another program has the port that was to be opened.
  case portTaken(Int)
  /// The port cannot be opened there: the address is another machine's.
  case foreignAddress(String)
  /// Everyone who received is gone.
  case noReceiver
  /// Nothing answers where the broker should be.
  case noBroker(reason: String)
  case brokerLeft
  /// The broker does not want us.
  case brokerRefused(reason: String)
  case failed(call: String, reason: String)
}

/// What a person should know of a destination: said when it changes, not for every frame.
package struct PublishingNotice: Equatable, Sendable {
  package var destination: Destination
  /// nil when readings arrive again.
  package var trouble: PublishingError?

  package init(_ destination: Destination, _ trouble: PublishingError?) {
    self.destination = destination
    self.trouble = trouble
  }
}
