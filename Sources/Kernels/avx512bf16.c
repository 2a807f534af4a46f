// AVX-512 with dot products of bfloat16: twice as many multiply-adds an instruction.
#if defined(__x86_64__)
#define TARGET "avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx2,fma"
#define LANES 16
#define TILE 14
#define COLUMNS 14
#define PEAK 16
#define PAIRS 1
#define REGISTER(x) "+v"(x)
#include "vector.h"
KERNEL_SET(kernels_avx512bf16, "AVX-512+BF16");
#endif
