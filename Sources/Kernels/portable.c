// Vectors of four, supported by every processor of interest (SSE2, NEON).
#if defined(__x86_64__)
#define TARGET "sse2"
#define REGISTER(x) "+x"(x)
#elif defined(__aarch64__)
#define TARGET "arch=armv8-a"
#define REGISTER(x) "+w"(x)
#else
#define TARGET ""
#define REGISTER(x) "+m"(x)
#endif
#define LANES 4
#define TILE 6
#define COLUMNS 4
#define PEAK 12
#include "vector.h"
KERNEL_SET(kernels_portable, "portable");
