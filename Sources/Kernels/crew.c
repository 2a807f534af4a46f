#define _GNU_SOURCE
#include "Kernels.h"
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

uint64_t float_mode_flush(void) {
#if defined(__x86_64__)
  const unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040); // flush to zero, subnormals are zero
  return mode;
#elif defined(__aarch64__)
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  __asm__ volatile("msr fpcr, %0" : : "r"(mode | 1 << 24));
  return mode;
#else
  return 0;
#endif
}

void float_mode_restore(uint64_t mode) {
#if defined(__x86_64__)
  _mm_setcsr((unsigned)mode);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
  (void)mode;
#endif
}

int crew_cores(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

typedef struct {
  crew *crew;
  ptrdiff_t part;
  pthread_t thread;
} worker;

// Each word that one thread writes and others wait for has a cache line of its own.
struct crew {
  _Alignas(64) atomic_uint job_number; // goes up with each job; workers sleep on it
  _Alignas(64) atomic_uint sleepers;
  _Alignas(64) atomic_uint arrived;
  _Alignas(64) atomic_uint generation; // of the barrier
  _Alignas(64) void (*job)(void *, ptrdiff_t);
  void *context;
  atomic_bool ending;
  int threads;
  worker workers[];
};

enum { SPINS = 20000 };

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void crew_barrier(crew *crew) {
  const unsigned generation = atomic_load_explicit(&crew->generation, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&crew->arrived, 1, memory_order_acq_rel) + 1
      == (unsigned)crew->threads) {
    atomic_store_explicit(&crew->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&crew->generation, generation + 1, memory_order_release);
    return;
  }
  for (int spins = 0;
       atomic_load_explicit(&crew->generation, memory_order_acquire) == generation; spins++) {
    // A part that is late by this much has lost its core to somebody else.
    if (spins < SPINS) pause_briefly();
    else sched_yield();
  }
}

static void wait_for_job(crew *crew, unsigned seen) {
  for (int spins = 0; spins < SPINS; spins++) {
    if (atomic_load_explicit(&crew->job_number, memory_order_acquire) != seen) return;
    pause_briefly();
  }
  atomic_fetch_add(&crew->sleepers, 1);
  while (atomic_load(&crew->job_number) == seen)
    syscall(SYS_futex, &crew->job_number, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
  atomic_fetch_sub(&crew->sleepers, 1);
}

static void *work(void *argument) {
  const worker *self = argument;
  crew *crew = self->crew;
  float_mode_flush();
  for (unsigned seen = 0;; seen++) {
    wait_for_job(crew, seen);
    if (atomic_load(&crew->ending)) return NULL;
    crew->job(crew->context, self->part);
    crew_barrier(crew);
  }
}

static void start_job(crew *crew) {
  atomic_fetch_add(&crew->job_number, 1);
  if (atomic_load(&crew->sleepers))
    syscall(SYS_futex, &crew->job_number, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void crew_run(crew *crew, void (*job)(void *, ptrdiff_t), void *context) {
  const uint64_t mode = float_mode_flush();
  crew->job = job;
  crew->context = context;
  if (crew->threads > 1) start_job(crew);
  job(context, 0);
  if (crew->threads > 1) crew_barrier(crew);
  float_mode_restore(mode);
}

crew *crew_create(int threads) {
  crew *crew = NULL;
  const size_t size = sizeof *crew + (size_t)(threads - 1) * sizeof(worker);
  if (posix_memalign((void **)&crew, 64, size)) return NULL;
  *crew = (struct crew){.threads = 1};
  // Signals are for the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  while (started && crew->threads < threads) {
    worker *worker = &crew->workers[crew->threads - 1];
    worker->crew = crew;
    worker->part = crew->threads;
    started = pthread_create(&worker->thread, NULL, work, worker) == 0;
    if (started) crew->threads++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (started) return crew;
  crew_destroy(crew);
  return NULL;
}

void crew_destroy(crew *crew) {
  atomic_store(&crew->ending, true);
  start_job(crew);
  for (int i = 0; i + 1 < crew->threads; i++) pthread_join(crew->workers[i].thread, NULL);
  free(crew);
}
