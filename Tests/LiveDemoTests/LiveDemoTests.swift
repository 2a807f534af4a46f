import Testing
@testable import LiveDemo
