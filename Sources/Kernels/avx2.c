// 16 registers: 12 sums, two weights, one broadcast; depthwise: four sums and nine weights.
#if defined(__x86_64__)
#define TARGET "avx2,fma"
#define LANES 8
#define TILE 6
#define COLUMNS 4
#define PEAK 12
#define REGISTER(x) "+v"(x)
#include "vector.h"
KERNEL_SET(kernels_avx2, "AVX2+FMA");
#endif
