#pragma once
#include <stdbool.h>

// The functions of the C library that hand out memory are replaced by ones that count.

/// One for each test that counts, since tests run at the same time.
enum allocation_counter {
  allocations_of_nobody,
  allocations_of_a_trial,
  allocations_of_a_pool,
  allocations_of_a_microphone,
  allocations_of_a_detector,
  allocations_of_a_record,
  allocation_counters
};

/// How often the threads that count there have asked for memory.
long allocation_count(enum allocation_counter of);
/// Counts this thread from now on; `allocations_of_nobody`: no longer.
void allocation_count_here(enum allocation_counter into);
/// False where the functions could not be replaced, as under a sanitizer.
bool allocation_count_works(void);
