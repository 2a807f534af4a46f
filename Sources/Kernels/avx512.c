// 32 registers: 28 sums, two weights, one broadcast. The rows of the network are 56, 28, 14 and 7
// pixels wide, so no tile of 14 or 7 has a remainder.
#if defined(__x86_64__)
#define TARGET "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"
#define LANES 16
#define TILE 14
#define COLUMNS 14
#define PEAK 16
#define REGISTER(x) "+v"(x)
#include "vector.h"
KERNEL_SET(kernels_avx512, "AVX-512");
#endif
