#include "Kernels.h"

extern const kernel_set kernels_portable, kernels_plain;
#if defined(__x86_64__)
extern const kernel_set kernels_avx512bf16, kernels_avx512, kernels_avx2;
#endif

const kernel_set *kernels_available(int index) {
  const kernel_set *available[5];
  int count = 0;
#if defined(__x86_64__)
  // These also ask the operating system whether it saves the wide registers.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
      && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")) {
    if (__builtin_cpu_supports("avx512bf16")) available[count++] = &kernels_avx512bf16;
    available[count++] = &kernels_avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    available[count++] = &kernels_avx2;
#endif
  available[count++] = &kernels_portable;
  available[count++] = &kernels_plain;
  return index >= 0 && index < count ? available[index] : NULL;
}
