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
  ptrdiff_t thread_index;
  pthread_t thread;
} worker;

// Each word that one thread writes and others wait for has a cache line of its own.
struct crew {
  _Alignas(64) atomic_uint job_number; // goes up with each job; idle threads sleep on it
  _Alignas(64) atomic_uint idle;       // threads asleep there
  _Alignas(64) _Atomic uint64_t ticket; // the step, which never goes back, and its next piece
  _Alignas(64) atomic_long finished;    // pieces of the step
  _Alignas(64) atomic_uint waiting;     // threads asleep until the step is done
  _Alignas(64) atomic_uint inside;      // threads that look at the job, less the caller
  atomic_bool open;
  atomic_bool ending;
  uint32_t first_step;
  void (*job)(void *, ptrdiff_t, uint32_t);
  void *context;
  int threads;
  worker workers[];
};

// About as long as it takes to sleep and be woken.
enum { SPINS = 2000 };

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void futex_wait(const void *word, unsigned value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(const void *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static uint32_t step_of(uint64_t ticket) { return (uint32_t)(ticket >> 32); }

/// The half of the ticket that holds the step, for the kernel to look at.
static const void *step_word(crew *crew) {
  const uint16_t probe = 1;
  return (const char *)&crew->ticket + (*(const uint8_t *)&probe ? 4 : 0);
}

ptrdiff_t crew_claim(crew *crew, uint32_t step, ptrdiff_t total) {
  uint64_t ticket = atomic_load_explicit(&crew->ticket, memory_order_acquire);
  while (step_of(ticket) == step && (ptrdiff_t)(uint32_t)ticket < total) {
    if (atomic_compare_exchange_weak_explicit(
          &crew->ticket, &ticket, ticket + 1, memory_order_acquire, memory_order_acquire))
      return (ptrdiff_t)(uint32_t)ticket;
  }
  return -1;
}

void crew_finish(crew *crew, uint32_t step, ptrdiff_t total) {
  if (atomic_fetch_add_explicit(&crew->finished, 1, memory_order_acq_rel) + 1 < total) return;
  atomic_store_explicit(&crew->finished, 0, memory_order_relaxed);
  atomic_store(&crew->ticket, (uint64_t)(step + 1) << 32);
  if (atomic_load(&crew->waiting)) futex_wake(step_word(crew));
}

void crew_meet(crew *crew, uint32_t step) {
  for (int spins = 0; spins < SPINS; spins++) {
    if (step_of(atomic_load_explicit(&crew->ticket, memory_order_acquire)) != step) return;
    pause_briefly();
  }
  // Somebody who holds a piece has lost its core; perhaps it is waiting for this one.
  atomic_fetch_add(&crew->waiting, 1);
  while (step_of(atomic_load(&crew->ticket)) == step) futex_wait(step_word(crew), step);
  atomic_fetch_sub(&crew->waiting, 1);
}

static void wait_for_job(crew *crew, unsigned seen) {
  for (int spins = 0; spins < SPINS; spins++) {
    if (atomic_load_explicit(&crew->job_number, memory_order_acquire) != seen) return;
    pause_briefly();
  }
  atomic_fetch_add(&crew->idle, 1);
  while (atomic_load(&crew->job_number) == seen) futex_wait(&crew->job_number, seen);
  atomic_fetch_sub(&crew->idle, 1);
}

static void *work(void *argument) {
  pthread_setname_np(pthread_self(), "kernels");
  const worker *self = argument;
  crew *crew = self->crew;
  float_mode_flush();
  for (unsigned seen = 0;;) {
    wait_for_job(crew, seen);
    if (atomic_load(&crew->ending)) return NULL;
    atomic_fetch_add(&crew->inside, 1);
    seen = atomic_load(&crew->job_number);
    if (atomic_load(&crew->open)) crew->job(crew->context, self->thread_index, crew->first_step);
    atomic_fetch_sub(&crew->inside, 1);
  }
}

static void call_threads(crew *crew) {
  atomic_fetch_add(&crew->job_number, 1);
  if (atomic_load(&crew->idle)) futex_wake(&crew->job_number);
}

void crew_settle(crew *crew) {
  // At most the few instructions that pass over the steps; yielding lets a late thread do them.
  while (atomic_load(&crew->inside)) sched_yield();
}

void crew_run(crew *crew, void (*job)(void *, ptrdiff_t, uint32_t), void *context) {
  const uint64_t mode = float_mode_flush();
  crew_settle(crew);
  crew->job = job;
  crew->context = context;
  crew->first_step = step_of(atomic_load(&crew->ticket));
  if (crew->threads > 1) {
    atomic_store(&crew->open, true);
    call_threads(crew);
  }
  job(context, 0, crew->first_step);
  atomic_store(&crew->open, false);
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
    worker->thread_index = crew->threads;
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
  call_threads(crew);
  for (int i = 0; i + 1 < crew->threads; i++) pthread_join(crew->workers[i].thread, NULL);
  free(crew);
}
