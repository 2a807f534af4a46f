// Preloaded into the program: on SIGUSR2 it corrupts the heap, so that glibc aborts inside malloc
// while it holds the lock of the arena. An allocation in the handler of that crash would hang
// forever.
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void corrupt(int number) {
  (void)number;
  for (int round = 0; round < 64; round++) {
    // Overwrites the size of the next chunk, and what follows it.
    memset(malloc(24), 0xff, 4096);
    for (size_t size = 16; size < 1 << 17; size *= 2) (void)!malloc(size);
  }
}

__attribute__((constructor)) static void install(void) { signal(SIGUSR2, corrupt); }
