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

typedef struct {
  thread_pool *pool;
  ptrdiff_t thread_index;
  pthread_t thread;
} worker;

// Each word that one thread writes and others wait for has its own cache line.
struct thread_pool {
  _Alignas(64) atomic_uint job_number; // increases with each job; idle threads sleep on it
  _Alignas(64) atomic_uint idle;       // threads asleep there
  _Alignas(64) _Atomic uint64_t ticket; // the step, which only increases; pieces from each end
  _Alignas(64) atomic_long finished;    // pieces of the step
  _Alignas(64) atomic_uint waiting;     // threads asleep until the step is done
  _Alignas(64) atomic_uint inside;      // threads that use the job, except the caller
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

/// The half of the ticket that holds the step, for the kernel to watch.
static const void *step_word(thread_pool *pool) {
  const uint16_t probe = 1;
  return (const char *)&pool->ticket + (*(const uint8_t *)&probe ? 4 : 0);
}

ptrdiff_t thread_pool_claim(
  thread_pool *pool, uint32_t step, ptrdiff_t total, bool takesLast) {
  uint64_t ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
  while (step_of(ticket) == step) {
    const ptrdiff_t first = ticket & 0xffff, last = ticket >> 16 & 0xffff;
    if (first + last >= total) break;
    if (atomic_compare_exchange_weak_explicit(
          &pool->ticket, &ticket, ticket + (takesLast ? 1 << 16 : 1), memory_order_acquire,
          memory_order_acquire))
      return takesLast ? total - 1 - last : first;
  }
  return -1;
}

void thread_pool_finish(thread_pool *pool, uint32_t step, ptrdiff_t total) {
  if (atomic_fetch_add_explicit(&pool->finished, 1, memory_order_acq_rel) + 1 < total) return;
  atomic_store_explicit(&pool->finished, 0, memory_order_relaxed);
  atomic_store(&pool->ticket, (uint64_t)(step + 1) << 32);
  if (atomic_load(&pool->waiting)) futex_wake(step_word(pool));
}

void thread_pool_barrier(thread_pool *pool, uint32_t step) {
  for (int spins = 0; spins < SPINS; spins++) {
    if (step_of(atomic_load_explicit(&pool->ticket, memory_order_acquire)) != step) return;
    pause_briefly();
  }
  // A thread that holds a piece has lost its core; perhaps it is waiting for this one.
  atomic_fetch_add(&pool->waiting, 1);
  while (step_of(atomic_load(&pool->ticket)) == step) futex_wait(step_word(pool), step);
  atomic_fetch_sub(&pool->waiting, 1);
}

static void wait_for_job(thread_pool *pool, unsigned seen) {
  for (int spins = 0; spins < SPINS; spins++) {
    if (atomic_load_explicit(&pool->job_number, memory_order_acquire) != seen) return;
    pause_briefly();
  }
  atomic_fetch_add(&pool->idle, 1);
  while (atomic_load(&pool->job_number) == seen) futex_wait(&pool->job_number, seen);
  atomic_fetch_sub(&pool->idle, 1);
}

static void *work(void *argument) {
  pthread_setname_np(pthread_self(), "kernels");
  const worker *self = argument;
  thread_pool *pool = self->pool;
  float_mode_flush();
  for (unsigned seen = 0;;) {
    wait_for_job(pool, seen);
    if (atomic_load(&pool->ending)) return NULL;
    atomic_fetch_add(&pool->inside, 1);
    seen = atomic_load(&pool->job_number);
    if (atomic_load(&pool->open)) pool->job(pool->context, self->thread_index, pool->first_step);
    atomic_fetch_sub(&pool->inside, 1);
  }
}

static void call_threads(thread_pool *pool) {
  atomic_fetch_add(&pool->job_number, 1);
  if (atomic_load(&pool->idle)) futex_wake(&pool->job_number);
}

void thread_pool_settle(thread_pool *pool) {
  // Takes at most the few instructions that skip the steps; yielding lets a late thread run them.
  while (atomic_load(&pool->inside)) sched_yield();
}

void thread_pool_run(
  thread_pool *pool, void (*job)(void *, ptrdiff_t, uint32_t), void *context, bool alone) {
  const uint64_t mode = float_mode_flush();
  thread_pool_settle(pool);
  pool->job = job;
  pool->context = context;
  pool->first_step = step_of(atomic_load(&pool->ticket));
  if (pool->threads > 1 && !alone) {
    atomic_store(&pool->open, true);
    call_threads(pool);
  }
  job(context, 0, pool->first_step);
  atomic_store(&pool->open, false);
  float_mode_restore(mode);
}

thread_pool *thread_pool_create(int threads) {
  thread_pool *pool = NULL;
  const size_t size = sizeof *pool + (size_t)(threads - 1) * sizeof(worker);
  if (posix_memalign((void **)&pool, 64, size)) return NULL;
  *pool = (struct thread_pool){.threads = 1};
  // Signals are handled on the program's own threads only.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  while (started && pool->threads < threads) {
    worker *worker = &pool->workers[pool->threads - 1];
    worker->pool = pool;
    worker->thread_index = pool->threads;
    started = pthread_create(&worker->thread, NULL, work, worker) == 0;
    if (started) pool->threads++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (started) return pool;
  thread_pool_destroy(pool);
  return NULL;
}

void thread_pool_destroy(thread_pool *pool) {
  atomic_store(&pool->ending, true);
  call_threads(pool);
  for (int i = 0; i + 1 < pool->threads; i++) pthread_join(pool->workers[i].thread, NULL);
  free(pool);
}
