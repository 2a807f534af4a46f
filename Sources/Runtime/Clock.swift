import Glibc

/// CLOCK_MONOTONIC, the clock of V4L2's timestamps.
package func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// CLOCK_MONOTONIC in s, the clock of cameras' timestamps.
package func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Local time for file names: `20261124-093000`
package func timestamp() -> String {
  var now = Glibc.time(nil)
  var local = tm()
  localtime_r(&now, &local)
  var text = [CChar](repeating: 0, count: 32)
  let count = strftime(&text, text.count, "%Y%m%d-%H%M%S", &local)
  return String(decoding: text[..<count].map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
}

/// `emenet-20261124-093000`, then `emenet-20261124-093000-2` and so on: names for files of which
/// several may be made in a second.
package func timestampedNames() -> some Sequence<String> {
  let name = "emenet-" + timestamp()
  return (1...).lazy.map { $0 == 1 ? name : "\(name)-\($0)" }
}

/// Time of day, in s since 1970 (UTC), for a value of ``monotonicNanoseconds()``.
package func utcSeconds(atMonotonic nanoseconds: UInt64) -> Double {
  utcSeconds() - (monotonicSeconds() - Double(nanoseconds) * 1e-9)
}

/// Current time of day, in s since 1970 (UTC).
package func utcSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Formats `seconds` since 1970 as ISO 8601: `2026-11-26T10:00:00.123Z`.
package func utcText(_ seconds: Double) -> String {
  let milliseconds = Int((seconds * 1000).rounded())
  var second = milliseconds / 1000
  var utc = tm()
  gmtime_r(&second, &utc)
  var text = [CChar](repeating: 0, count: 32)
  let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S.", &utc)
  return String(decoding: text[..<count].map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    + String(milliseconds % 1000 + 1000).dropFirst() + "Z"
}
