#define _GNU_SOURCE
#include "allocation.h"
#include <dlfcn.h>
#include <errno.h>
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

// A function of .preinit_array runs before any library's initializer. With fewer descriptors than this
// the Swift runtime does not get as far as our first line.
static void before_libraries(void) {
  static const char words[] =
      "emenet: files: too few may be open at once; raise the limit (ulimit -n)\n";
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 12) {
    if (write(STDERR_FILENO, words, sizeof words - 1) < 0) {
      // Nobody can be told; the code says it.
    }
    _exit(2);
  }
}
__attribute__((section(".preinit_array"), used)) static void (*const preinit)(void) =
    before_libraries;

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
