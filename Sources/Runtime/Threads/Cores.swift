import CLinux
import Glibc

/// Number of cores that this process may use: `taskset`, a container or a queue may give it fewer
/// than the machine has.
package func usableCores() -> Int {
  var set = cpu_set_t()
  guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else { return 1 }
  return withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
}
