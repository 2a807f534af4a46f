// The kernels for a vector of LANES floats, with tiles that fill the registers of TARGET. Loops
// over the constants of a tile are unrolled, so that `sum` stays in registers.

#include "Kernels.h"
#if PAIRS
#include <immintrin.h>
#endif

#pragma clang fp contract(fast)
#pragma clang attribute push(__attribute__((target(TARGET))), apply_to = function)

typedef float vector __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int32_t integers __attribute__((ext_vector_type(LANES), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define LOAD(pointer) (*(const vector *)(pointer))
#define STORE(pointer, value) (*(vector *)(pointer) = (value))

// Two vectors of outputs by up to TILE pixels: per tap, two loads of weights and one broadcast per
// pixel serve twice as many multiply-adds. One vector by twice as many pixels if a panel has only
// one.
enum { WIDTH = 2 * LANES };

INLINE vector prelu(vector x, vector slope) {
  return __builtin_elementwise_max(x, (vector)0) + slope * __builtin_elementwise_min(x, (vector)0);
}

/// Stores a result in float, or in bfloat16 if there is a `shorts`.
INLINE void put(float *y, uint16_t *shorts, ptrdiff_t at, vector value) {
#if PAIRS
  if (shorts) {
    _mm256_storeu_si256((__m256i_u *)(shorts + at), (__m256i)_mm512_cvtneps_pbh(value));
    return;
  }
#else
  (void)shorts;
#endif
  STORE(y + at, value);
}

/// The offset in `y` of channel `channel` of a panel.
INLINE ptrdiff_t place(ptrdiff_t channel, ptrdiff_t yBlock) {
  return channel / KERNEL_BLOCK * yBlock + channel % KERNEL_BLOCK;
}

#include "products.h"
#if PAIRS
#include "pairs.h"
#define PAIR_KERNELS .pointwisePairs = pointwisePairs, .shorten = shorten,
#else
#define PAIR_KERNELS
#endif
#include "depthwise.h"
#include "vector_math.h"
#include "pixels.h"

static float peak(ptrdiff_t rounds) {
  vector sum[PEAK];
  UNROLL for (int i = 0; i < PEAK; i++) sum[i] = (vector)(float)i;
  const vector term = (vector)1e-6f;
#if !defined(__aarch64__)
  const vector factor = (vector)0.999999f;
#endif
  for (ptrdiff_t round = 0; round < rounds; round++) {
    UNROLL for (int i = 0; i < PEAK; i++) {
#if defined(__aarch64__)
      // `fmla` overwrites its addend: the other form costs a copy.
      sum[i] += sum[i] * term;
#else
      sum[i] = sum[i] * factor + term;
#endif
      // Keeps the compiler from folding rounds together.
      __asm__ volatile("" : REGISTER(sum[i]));
    }
  }
  vector total = (vector)0;
  UNROLL for (int i = 0; i < PEAK; i++) total += sum[i];
  float result = 0;
  for (int lane = 0; lane < LANES; lane++) result += total[lane];
  return result;
}

#pragma clang attribute pop

#define KERNEL_SET(symbol, words)                                                                  \
  const kernel_set symbol = {                                                                      \
    .name = words, .pointwise = pointwise, PAIR_KERNELS .stem = stem, .depthwise = depthwise,      \
    .depthwisePair = depthwisePair, .pool = pool, .enlarge = enlarge, .global = global,            \
    .line = line, .logarithm = logarithm, .product = product, .productPairs = productPairs,        \
    .gates = gates, .colors = colors, .halve = halve, .sample = sample, .reduce = reduce,          \
    .crop = crop, .peak = peak, .peakOperations = 2 * PEAK * LANES}
