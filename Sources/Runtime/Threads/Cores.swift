import CLinux
import Glibc

/// Number of cores that this process may use: `taskset`, a container's set of cores or a queue may
/// leave it fewer than the machine has.
package func usableCores() -> Int {
  var set = cpu_set_t()
  guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else {
    // More than 1,024 cores.
    return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }
  return withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
}
