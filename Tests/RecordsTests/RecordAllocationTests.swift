import AllocationCounter
import Reading
import TestSupport
import Testing

@testable import Records

@Suite struct RecordAllocationTests {
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
