#define _GNU_SOURCE
#include "allocation.h"
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

#if defined(__GLIBC__) && !defined(SANITIZED)
// `ulimit -v` limits address space. By default glibc reserves 64 MiB of it for the heap of each
// thread that allocates, and 8 MiB for the stack of each thread. Nothing here allocates often
// enough, or recurses deeply enough, to need either.
__attribute__((constructor)) static void reserve_little(void) {
  mallopt(M_ARENA_MAX, 1);
  pthread_attr_t attributes;
  if (pthread_getattr_default_np(&attributes) != 0) return;
  const size_t enough = 2 << 20;
  size_t size = 0;
  if (pthread_attr_getstacksize(&attributes, &size) == 0 && size > enough &&
      pthread_attr_setstacksize(&attributes, enough) == 0) {
    pthread_setattr_default_np(&attributes);
  }
  pthread_attr_destroy(&attributes);
}

// Libraries that crash or hang if they cannot get memory or a thread.
static int cannot_go_on(const void *caller) {
  static const char *const libraries[] = {
      "libswift", "libdispatch", "libFoundation", "lib_Foundation", "libstdc++", "libzmq", "libglib",
  };
  Dl_info place;
  if (!exit_code || !dladdr(caller, &place) || !place.dli_fname) return 0;
  const char *slash = strrchr(place.dli_fname, '/');
  const char *name = slash ? slash + 1 : place.dli_fname;
  for (size_t index = 0; index < sizeof libraries / sizeof *libraries; index++) {
    if (strncmp(name, libraries[index], strlen(libraries[index])) == 0) return 1;
  }
  return 0;
}

static void end(const char *words, size_t length) {
  if (restore_terminal) restore_terminal();
  if (write(STDERR_FILENO, words, length) < 0) {
    // There is no way to report this; the exit code tells.
  }
  _exit(exit_code);
}

static void *checked(void *memory, size_t size, const void *caller) {
  if (memory || size == 0 || !cannot_go_on(caller)) return memory;
  char line[160];
  const int length = snprintf(
      line, sizeof line,
      "emenet: memory: %zu more bytes cannot be allocated; end other programs or raise the limit "
      "(ulimit -v)\n",
      size);
  end(line, (size_t)length);
  return NULL;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

// Weak, because a test that counts allocations brings its own.
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

typedef int create_thread(
    pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

WEAK int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  static _Atomic(create_thread *) create;
  if (!create) create = (create_thread *)dlsym(RTLD_NEXT, "pthread_create");
  const int code = create(thread, attributes, body, argument);
  if (code != 0 && cannot_go_on(__builtin_return_address(0))) {
    static const char words[] =
        "emenet: threads: no more can be had; end other programs or raise the limits (ulimit -u, "
        "ulimit -v)\n";
    end(words, sizeof words - 1);
  }
  return code;
}
#endif
