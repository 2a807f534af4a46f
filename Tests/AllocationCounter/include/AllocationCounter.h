#pragma once
#include <stdbool.h>

// Replaces the C library's allocation functions with ones that count.

/// One counter for each test that counts, since tests run concurrently.
enum allocation_counter {
  allocations_of_nobody,
  allocations_of_a_trial,
  allocations_of_a_pool,
  allocations_of_a_microphone,
  allocations_of_a_detector,
  allocations_of_a_record,
  allocation_counters
};

/// Number of allocations by the threads that use this counter.
long allocation_count(enum allocation_counter of);
/// From now on counts this thread's allocations in `into`; `allocations_of_nobody` stops counting.
void allocation_count_here(enum allocation_counter into);
/// False if the functions could not be replaced, as under a sanitizer.
bool allocation_count_works(void);
