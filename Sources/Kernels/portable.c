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
#if defined(__aarch64__)
// 32 registers: 20 sums, two weights, two values; depthwise: seven sums and nine weights, so that no
// row of the network has a remainder. With a few more, Clang's copies and spills outweigh the gain.
#define TILE 10
#define COLUMNS 7
#define PEAK 24
#else
#define TILE 6
#define COLUMNS 4
#define PEAK 12
#endif
#include "vector.h"
KERNEL_SET(kernels_portable, "portable");
