#include "AllocationCounter.h"
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

static atomic_long counts[allocation_counters];
static _Thread_local enum allocation_counter counter;

long allocation_count(enum allocation_counter of) { return atomic_load(&counts[of]); }

void allocation_count_here(enum allocation_counter into) { counter = into; }

bool allocation_count_works(void) {
  const enum allocation_counter before = counter;
  counter = allocations_of_a_trial;
  const long number = allocation_count(counter);
  void *volatile memory = malloc(16);
  free(memory);
  const bool works = allocation_count(counter) > number;
  counter = before;
  return works;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void note(void) {
  if (counter) atomic_fetch_add_explicit(&counts[counter], 1, memory_order_relaxed);
}

void *malloc(size_t size) {
  note();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  note();
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  note();
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  note();
  void *result = __libc_memalign(alignment, size);
  if (result) *memory = result;
  return result ? 0 : ENOMEM;
}
#endif
