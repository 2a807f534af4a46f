import Glibc

/// Whether this was built with a sanitizer (`scripts/test-sanitized`).
package enum Sanitizer {
  package static let isOn = dlsym(nil, "__sanitizer_print_stack_trace") != nil
  package static let watchesThreads = dlsym(nil, "__tsan_init") != nil
}
