#define _GNU_SOURCE
#include "allocation.h"
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

static int exit_code;
static void (*restore_terminal)(void);

void allocation_failure_ends_with(int code, void (*restore)(void)) {
  restore_terminal = restore;
  exit_code = code;
}

static void end(const char *words) {
  if (write(STDERR_FILENO, words, strlen(words)) < 0) {
    // Nobody can be told; the code says it.
  }
  _exit(2);
}

static void *wait_at(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  return NULL;
}

// Before main: with fewer descriptors or threads the Swift runtime does not get as far as our first
// line, it crashes or waits for ever. Those of the pipeline, of its libraries and of the runtime.
__attribute__((constructor)) static void check_threads_and_files(void) {
  enum { threads = 10, files = 12 };
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < files) {
    end("emenet: files: too few may be open at once; raise the limit (ulimit -n)\n");
  }
  static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  pthread_t started[threads];
  pthread_mutex_lock(&gate);
  for (int index = 0; index < threads; index++) {
    if (pthread_create(&started[index], NULL, wait_at, &gate) != 0) {
      end("emenet: threads: too few may run at once; end other programs or raise the limits "
          "(ulimit -u, ulimit -v)\n");
    }
  }
  pthread_mutex_unlock(&gate);
  for (int index = 0; index < threads; index++) pthread_join(started[index], NULL);
}

#if defined(__GLIBC__) && !defined(SANITIZED)
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

// Those that crash, or wait for ever, where they get no memory.
static int cannot_go_on(const void *caller) {
  static const char *const libraries[] = {"libswift", "lib_Concurrency", "libdispatch", "libstdc++"};
  Dl_info place;
  if (!dladdr(caller, &place) || !place.dli_fname) return 0;
  const char *slash = strrchr(place.dli_fname, '/');
  const char *name = slash ? slash + 1 : place.dli_fname;
  for (size_t index = 0; index < sizeof libraries / sizeof *libraries; index++) {
    if (strncmp(name, libraries[index], strlen(libraries[index])) == 0) return 1;
  }
  return 0;
}

static void *checked(void *memory, size_t size, const void *caller) {
  if (memory || size == 0 || !exit_code || !cannot_go_on(caller)) return memory;
  if (restore_terminal) restore_terminal();
  char line[160];
  const int length = snprintf(
      line, sizeof line,
      "emenet: memory: %zu more bytes cannot be had; end other programs or raise the limit "
      "(ulimit -v)\n",
      size);
  if (write(STDERR_FILENO, line, (size_t)length) < 0) {
    // Nobody can be told; the code says it.
  }
  _exit(exit_code);
}

// Weak: a test that counts allocations brings its own.
#define WEAK __attribute__((weak))

WEAK void *malloc(size_t size) {
  return checked(__libc_malloc(size), size, __builtin_return_address(0));
}

WEAK void *calloc(size_t number, size_t size) {
  return checked(__libc_calloc(number, size), size, __builtin_return_address(0));
}

WEAK void *realloc(void *memory, size_t size) {
  return checked(__libc_realloc(memory, size), size, __builtin_return_address(0));
}

WEAK void *aligned_alloc(size_t alignment, size_t size) {
  return checked(__libc_memalign(alignment, size), size, __builtin_return_address(0));
}

WEAK int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *result =
      checked(__libc_memalign(alignment, size), size, __builtin_return_address(0));
  if (result) *memory = result;
  return result ? 0 : ENOMEM;
}
#endif
