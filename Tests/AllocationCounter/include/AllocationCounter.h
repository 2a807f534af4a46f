#pragma once
#include <stdbool.h>

// The functions of the C library that hand out memory are replaced by ones that count.

/// How often the threads that are counted have asked for memory.
long allocation_count(void);
/// Counts this thread from now on, or no longer.
void allocation_count_here(bool on);
/// False where the functions could not be replaced, as under a sanitizer.
bool allocation_count_works(void);
