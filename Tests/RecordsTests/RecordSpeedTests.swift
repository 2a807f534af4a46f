import AllocationCounter
import Reading
import Runtime
import TestSupport
import Testing

@testable import Records

@Suite struct RecordSpeedTests {
  /// Records are written at the pace of a camera, so a fraction of a frame's time is fast enough;
  /// the figure is printed for comparison.
  @Test func aRecordTakesLittleOfAFramesTime() {
    let reading = Sample.reading(frame: 12, time: 0.4004)
    let count = 5000
    var buffer = TextBuffer()
    func rate(_ append: () -> Void) -> Double {
      let start = monotonicSeconds()
      for _ in 0..<count {
        buffer.removeAll()
        append()
      }
      return Double(count) / (monotonicSeconds() - start)
    }
    let json = rate { JSONRecord().append(reading, to: &buffer) }
    let csv = rate { CSVRecord().append(reading, to: &buffer) }
    print("records a second: JSON \(Int(json)), CSV \(Int(csv))")
    #expect(json > 1000 && csv > 1000)
  }

  @Test(.enabled(if: allocation_count_works(), "allocations cannot be counted here"))
  func aRecordAllocatesNothing() {
    let reading = Sample.reading(faces: 2)
    var buffer = TextBuffer()
    func append() {
      buffer.removeAll()
      JSONRecord().append(reading, to: &buffer)
      CSVRecord().append(reading, to: &buffer)
    }
    append()
    allocation_count_here(allocations_of_a_record)
    let before = allocation_count(allocations_of_a_record)
    for _ in 0..<10 { append() }
    let after = allocation_count(allocations_of_a_record)
    allocation_count_here(allocations_of_nobody)
    #expect(after == before)
  }
}
