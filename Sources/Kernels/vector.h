// The kernels for a vector of LANES floats, with tiles that fill the registers of TARGET. Loops
// over the constants of a tile are unrolled, so that `sum` lives in registers.

#include "Kernels.h"

#pragma clang fp contract(fast)
#pragma clang attribute push(__attribute__((target(TARGET))), apply_to = function)

typedef float vector __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int32_t integers __attribute__((ext_vector_type(LANES), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define LOAD(pointer) (*(const vector *)(pointer))
#define STORE(pointer, value) (*(vector *)(pointer) = (value))

// Two vectors of outputs by up to TILE pixels: per tap two loads of weights and one broadcast per
// pixel serve twice as many multiply-adds. One vector by twice as many pixels where a panel has
// only one.
enum { WIDTH = 2 * LANES };

INLINE vector prelu(vector x, vector slope) {
  return __builtin_elementwise_max(x, (vector)0) + slope * __builtin_elementwise_min(x, (vector)0);
}

/// Where channel `channel` of a panel lies in `y`.
INLINE ptrdiff_t place(ptrdiff_t channel, ptrdiff_t yBlock) {
  return channel / KERNEL_BLOCK * yBlock + channel % KERNEL_BLOCK;
}

/// `x` is (blocks, xBlock) with tap `tap` of pixel `pixel` at pixel * xPixel + tap.
INLINE void tile(
  const int pixels, const int vectors, const int taps, const int xPixel,
  const kernel_panel *panel, const float *x, ptrdiff_t xBlock, ptrdiff_t blocks,
  const float *residual, float *y, ptrdiff_t yBlock, ptrdiff_t channel) {
  const float *weight = panel->weight + channel;
  vector sum[2 * TILE][2];
  UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int v = 0; v < vectors; v++) sum[p][v] = LOAD(panel->bias + channel + v * LANES);
  }
  for (ptrdiff_t b = 0; b < blocks; b++) {
    _Pragma("clang loop unroll(disable)") for (int t = 0; t < taps; t++) {
      const vector first = LOAD(weight), second = vectors > 1 ? LOAD(weight + LANES) : first;
      UNROLL for (int p = 0; p < pixels; p++) {
        const vector value = (vector)x[p * xPixel + t];
        sum[p][0] += first * value;
        if (vectors > 1) sum[p][1] += second * value;
      }
      weight += KERNEL_PANEL;
    }
    x += xBlock;
  }
  UNROLL for (int v = 0; v < vectors; v++) {
    const ptrdiff_t at = place(channel + v * LANES, yBlock);
    const float *slope = panel->slope;
    const vector slopes = slope ? LOAD(slope + channel + v * LANES) : (vector)1;
    UNROLL for (int p = 0; p < pixels; p++) {
      vector value = sum[p][v];
      if (panel->isRectified) value = __builtin_elementwise_max(value, (vector)0);
      else if (slope) value = prelu(value, slopes);
      if (residual) value += LOAD(residual + at + p * KERNEL_BLOCK);
      STORE(y + at + p * KERNEL_BLOCK, value);
    }
  }
}

#define TILES(count, vectors, taps, xPixel)                                                        \
  for (; pixels >= (count); pixels -= (count)) {                                                   \
    for (ptrdiff_t channel = 0; channel < outputs; channel += (vectors) * LANES)                   \
      tile(                                                                                        \
        count, vectors, taps, xPixel, panel, x, xBlock, blocks, residual, y, yBlock, channel);     \
    x += (count) * (xPixel);                                                                       \
    y += (count) * KERNEL_BLOCK;                                                                   \
    if (residual) residual += (count) * KERNEL_BLOCK;                                              \
  }

static void pointwise(
  const kernel_panel *panel, const float *x, ptrdiff_t xBlock, ptrdiff_t blocks,
  const float *residual, float *y, ptrdiff_t yBlock, ptrdiff_t pixels) {
  const ptrdiff_t outputs = panel->blocks * KERNEL_BLOCK;
  if (outputs < WIDTH) {
    TILES(2 * TILE, 1, KERNEL_BLOCK, KERNEL_BLOCK)
    TILES(TILE / 2, 1, KERNEL_BLOCK, KERNEL_BLOCK)
    TILES(4, 1, KERNEL_BLOCK, KERNEL_BLOCK)
    TILES(1, 1, KERNEL_BLOCK, KERNEL_BLOCK)
    return;
  }
  TILES(TILE, 2, KERNEL_BLOCK, KERNEL_BLOCK)
  TILES(TILE / 2, 2, KERNEL_BLOCK, KERNEL_BLOCK)
  TILES(2, 2, KERNEL_BLOCK, KERNEL_BLOCK)
  TILES(1, 2, KERNEL_BLOCK, KERNEL_BLOCK)
}

static void stem(
  const kernel_panel *panel, const float *x, ptrdiff_t xBlock, float *y, ptrdiff_t yBlock,
  ptrdiff_t pixels) {
  const ptrdiff_t outputs = panel->blocks * KERNEL_BLOCK;
  const ptrdiff_t blocks = 3;
  const float *residual = NULL;
  if (outputs < WIDTH) {
    TILES(2 * TILE, 1, 9, 6)
    TILES(TILE / 2, 1, 9, 6)
    TILES(4, 1, 9, 6)
    TILES(1, 1, 9, 6)
    return;
  }
  TILES(TILE, 2, 9, 6)
  TILES(TILE / 2, 2, 9, 6)
  TILES(1, 2, 9, 6)
}

/// `count` neighbours of one row; the nine weights stay in registers.
INLINE void columns(
  const int count, const int stride, const vector weight[9], vector bias, const float *slope,
  const bool isRectified, const float *const rows[3], float *y) {
  vector sum[COLUMNS];
  UNROLL for (int i = 0; i < count; i++) sum[i] = bias;
  UNROLL for (int r = 0; r < 3; r++) {
    UNROLL for (int j = 0; j < (count - 1) * stride + 3; j++) {
      const vector value = LOAD(rows[r] + j * KERNEL_BLOCK);
      UNROLL for (int c = 0; c < 3; c++) {
        const int i = (j - c) / stride;
        if (j >= c && (j - c) % stride == 0 && i < count) sum[i] += weight[r * 3 + c] * value;
      }
    }
  }
  if (isRectified) {
    UNROLL for (int i = 0; i < count; i++)
      STORE(y + i * KERNEL_BLOCK, __builtin_elementwise_max(sum[i], (vector)0));
    return;
  }
  UNROLL for (int i = 0; i < count; i++) {
    STORE(y + i * KERNEL_BLOCK, slope ? prelu(sum[i], LOAD(slope)) : sum[i]);
  }
}

INLINE void row(
  const int stride, const kernel_depthwise *block, const float *top, const float *middle,
  const float *bottom, float *y, ptrdiff_t pixels) {
  for (int lane = 0; lane < KERNEL_BLOCK; lane += LANES) {
    vector weight[9];
    UNROLL for (int t = 0; t < 9; t++) weight[t] = LOAD(block->weight + t * KERNEL_BLOCK + lane);
    const vector bias = LOAD(block->bias + lane);
    const float *slope = block->slope ? block->slope + lane : NULL;
    ptrdiff_t p = 0;
#define GROUPS(count)                                                                              \
  for (; p + (count) <= pixels; p += (count)) {                                                    \
    const ptrdiff_t at = p * stride * KERNEL_BLOCK + lane;                                         \
    const float *const rows[3] = {top + at, middle + at, bottom + at};                             \
    columns(                                                                                       \
      count, stride, weight, bias, slope, block->isRectified, rows, y + p * KERNEL_BLOCK + lane);  \
  }
    GROUPS(COLUMNS)
    GROUPS(COLUMNS / 2)
    GROUPS(4)
    GROUPS(2)
    GROUPS(1)
#undef GROUPS
  }
}

static void depthwise(
  const kernel_depthwise *block, const float *top, const float *middle, const float *bottom,
  ptrdiff_t stride, float *y, ptrdiff_t pixels) {
  if (stride == 1) row(1, block, top, middle, bottom, y, pixels);
  else row(2, block, top, middle, bottom, y, pixels);
}

static void pool(const float *top, const float *bottom, float *y, ptrdiff_t pixels) {
  for (ptrdiff_t p = 0; p < pixels; p++) {
    for (int lane = 0; lane < KERNEL_BLOCK; lane += LANES) {
      const ptrdiff_t left = 2 * p * KERNEL_BLOCK + lane, right = left + KERNEL_BLOCK;
      const vector upper = __builtin_elementwise_max(LOAD(top + left), LOAD(top + right));
      const vector lower = __builtin_elementwise_max(LOAD(bottom + left), LOAD(bottom + right));
      STORE(y + p * KERNEL_BLOCK + lane, __builtin_elementwise_max(upper, lower));
    }
  }
}

static void enlarge(const float *x, float *y, ptrdiff_t pixels) {
  for (ptrdiff_t p = 0; p < pixels; p++) {
    for (int lane = 0; lane < KERNEL_BLOCK; lane += LANES) {
      const vector value = LOAD(x + p * KERNEL_BLOCK + lane);
      float *left = y + 2 * p * KERNEL_BLOCK + lane, *right = left + KERNEL_BLOCK;
      STORE(left, LOAD(left) + value);
      STORE(right, LOAD(right) + value);
    }
  }
}

static void global(const kernel_depthwise *block, const float *x, ptrdiff_t pixels, float *y) {
  for (int lane = 0; lane < KERNEL_BLOCK; lane += LANES) {
    vector sum[4] = {LOAD(block->bias + lane)};
    for (ptrdiff_t p = 0; p < pixels; p++) {
      const ptrdiff_t at = p * KERNEL_BLOCK + lane;
      sum[p % 4] += LOAD(x + at) * LOAD(block->weight + at);
    }
    STORE(y + lane, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
}

/// `count` neighbours of a sequence: a tap's weights serve them all.
INLINE void neighbours(
  const int count, const float *weight, ptrdiff_t taps, ptrdiff_t step, const float *x, float *y) {
  vector sum[TILE];
  UNROLL for (int p = 0; p < count; p++) sum[p] = (vector)0;
  for (ptrdiff_t t = 0; t < taps; t++) {
    const vector value = LOAD(weight + t * KERNEL_BLOCK);
    UNROLL for (int p = 0; p < count; p++) sum[p] += value * LOAD(x + p * KERNEL_BLOCK);
    x += step;
  }
  UNROLL for (int p = 0; p < count; p++) STORE(y + p * KERNEL_BLOCK, sum[p]);
}

static void line(
  const float *weight, ptrdiff_t taps, ptrdiff_t dilation, const float *x, float *y,
  ptrdiff_t pixels) {
  const ptrdiff_t step = dilation * KERNEL_BLOCK;
  for (int lane = 0; lane < KERNEL_BLOCK; lane += LANES) {
    ptrdiff_t p = 0;
#define GROUPS(count)                                                                              \
  for (; p + (count) <= pixels; p += (count)) {                                                    \
    const ptrdiff_t at = p * KERNEL_BLOCK + lane;                                                  \
    neighbours(count, weight + lane, taps, step, x + at, y + at);                                  \
  }
    GROUPS(TILE)
    GROUPS(TILE / 2)
    GROUPS(1)
#undef GROUPS
  }
}

/// Eight sums at a time hide the latency of a multiply-add; the weights stream through once.
static void product(
  const float *weight, const float *bias, const float *x, ptrdiff_t depth, float *y,
  ptrdiff_t panels) {
  enum { PARTS = KERNEL_BLOCK / LANES, CHAINS = 8 / PARTS > 1 ? 8 / PARTS : 1 };
  for (ptrdiff_t panel = 0; panel < panels; panel++) {
    vector sum[CHAINS][PARTS];
    UNROLL for (int c = 0; c < CHAINS; c++) {
      UNROLL for (int v = 0; v < PARTS; v++) sum[c][v] = (vector)0;
    }
    ptrdiff_t k = 0;
    for (; k + CHAINS <= depth; k += CHAINS) {
      UNROLL for (int c = 0; c < CHAINS; c++) {
        UNROLL for (int v = 0; v < PARTS; v++)
          sum[c][v] += LOAD(weight + c * KERNEL_BLOCK + v * LANES) * (vector)x[k + c];
      }
      weight += CHAINS * KERNEL_BLOCK;
    }
    for (; k < depth; k++, weight += KERNEL_BLOCK) {
      UNROLL for (int v = 0; v < PARTS; v++) sum[0][v] += LOAD(weight + v * LANES) * (vector)x[k];
    }
    UNROLL for (int v = 0; v < PARTS; v++) {
      vector total = LOAD(bias + v * LANES);
      UNROLL for (int c = 0; c < CHAINS; c++) total += sum[c][v];
      STORE(y + v * LANES, total);
    }
    bias += KERNEL_BLOCK;
    y += KERNEL_BLOCK;
  }
}

#include "vector_math.h"

static float peak(ptrdiff_t rounds) {
  vector sum[PEAK];
  UNROLL for (int i = 0; i < PEAK; i++) sum[i] = (vector)(float)i;
  const vector factor = (vector)0.999999f, term = (vector)1e-6f;
  for (ptrdiff_t round = 0; round < rounds; round++) {
    UNROLL for (int i = 0; i < PEAK; i++) {
      sum[i] = sum[i] * factor + term;
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
    .name = words, .pointwise = pointwise, .stem = stem, .depthwise = depthwise,                   \
    .pool = pool, .enlarge = enlarge, .global = global, .line = line, .logarithm = logarithm,      \
    .product = product, .gates = gates, .peak = peak, .peakOperations = 2 * PEAK * LANES}
