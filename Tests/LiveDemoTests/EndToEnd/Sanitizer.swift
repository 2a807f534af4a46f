import Glibc

/// Whether this was built with one (`scripts/test-sanitized`).
enum Sanitizer {
  static let isOn = dlsym(nil, "__sanitizer_print_stack_trace") != nil
  static let watchesThreads = dlsym(nil, "__tsan_init") != nil
}
