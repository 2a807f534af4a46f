// Products with panels of weights: 1x1 convolutions, the stem, matrix times vector; part of
// vector.h.

/// What follows a product: activation, residual, and the stores.
INLINE void finish(
  const int pixels, const int vectors, const kernel_panel *panel, vector sum[][2],
  const float *residual, float *y, uint16_t *shorts, ptrdiff_t yBlock, ptrdiff_t channel) {
  const float *slope = panel->slope;
  const bool isRectified = panel->isRectified;
  UNROLL for (int v = 0; v < vectors; v++) {
    const ptrdiff_t at = place(channel + v * LANES, yBlock);
    const vector slopes = slope ? LOAD(slope + channel + v * LANES) : (vector)1;
    UNROLL for (int p = 0; p < pixels; p++) {
      vector value = sum[p][v];
      if (isRectified) value = __builtin_elementwise_max(value, (vector)0);
      else if (slope) value = prelu(value, slopes);
      if (residual) value += LOAD(residual + at + p * KERNEL_BLOCK);
      STORE(y + at + p * KERNEL_BLOCK, value);
      if (shorts) put(NULL, shorts, at + p * KERNEL_BLOCK, value);
    }
  }
}

/// Brings the next panel's weights to the second-level cache while this one's are in use: they lie as
/// far behind these as a panel is long.
INLINE void prefetch(const void *weight, ptrdiff_t panelBytes, const int bytes) {
  UNROLL for (int line = 0; line < bytes; line += 64)
    __builtin_prefetch((const char *)weight + panelBytes + line, 0, 2);
}

/// `x` is (blocks, xBlock) with tap `tap` of pixel `pixel` at pixel * xPixel + tap.
INLINE void tile(
  const int pixels, const int vectors, const int taps, const int xPixel,
  const kernel_panel *panel, const float *x, ptrdiff_t xBlock, ptrdiff_t blocks,
  const float *residual, float *y, uint16_t *shorts, ptrdiff_t yBlock, ptrdiff_t channel) {
  const float *weight = panel->weight + channel;
  const ptrdiff_t panelBytes = blocks * taps * KERNEL_PANEL * (ptrdiff_t)sizeof *weight;
  vector sum[2 * TILE][2];
  UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int v = 0; v < vectors; v++) sum[p][v] = LOAD(panel->bias + channel + v * LANES);
  }
  for (ptrdiff_t b = 0; b < blocks; b++) {
    _Pragma("clang loop unroll(disable)") for (int t = 0; t < taps; t++) {
      const vector first = LOAD(weight), second = vectors > 1 ? LOAD(weight + LANES) : first;
      prefetch(weight, panelBytes, vectors * (int)sizeof first);
      UNROLL for (int p = 0; p < pixels; p++) {
        const vector value = (vector)x[p * xPixel + t];
        sum[p][0] += first * value;
        if (vectors > 1) sum[p][1] += second * value;
      }
      weight += KERNEL_PANEL;
    }
    x += xBlock;
  }
  finish(pixels, vectors, panel, sum, residual, y, shorts, yBlock, channel);
}

/// A wide tile that would leave one or two pixels is not taken: so narrow a tile has too few sums to
/// hide the latency of a multiply-add.
#define TILES(tile, count, vectors, taps, xPixel)                                                  \
  if ((count) * (vectors) <= 2 * TILE)                                                             \
    for (; pixels == (count) || pixels > (count) + ((count) > 4 ? 2 : 0); pixels -= (count)) {     \
      for (ptrdiff_t channel = 0; channel < outputs; channel += (vectors) * LANES)                 \
        tile(                                                                                      \
          count, vectors, taps, xPixel, panel, x, xBlock, blocks, residual, y, shorts, yBlock,     \
          channel);                                                                                \
      x += (count) * (xPixel);                                                                     \
      y += (count) * KERNEL_BLOCK;                                                                 \
      if (residual) residual += (count) * KERNEL_BLOCK;                                            \
      if (shorts) shorts += (count) * KERNEL_BLOCK;                                                \
    }
/// The remainder of a row is one more tile, or two if a panel has one vector.
#define ALL_TILES(tile, taps, xPixel)                                                              \
  if (outputs < WIDTH) {                                                                           \
    TILES(tile, 2 * TILE, 1, taps, xPixel)                                                         \
    TILES(tile, 24, 1, taps, xPixel)                                                               \
    TILES(tile, 20, 1, taps, xPixel)                                                               \
    TILES(tile, 16, 1, taps, xPixel)                                                               \
    TILES(tile, 12, 1, taps, xPixel)                                                               \
    TILES(tile, 10, 1, taps, xPixel)                                                               \
    TILES(tile, 8, 1, taps, xPixel)                                                                \
    TILES(tile, 6, 1, taps, xPixel)                                                                \
    TILES(tile, 4, 1, taps, xPixel)                                                                \
    TILES(tile, 2, 1, taps, xPixel)                                                                \
    TILES(tile, 1, 1, taps, xPixel)                                                                \
    return;                                                                                        \
  }                                                                                                \
  TILES(tile, TILE, 2, taps, xPixel)                                                               \
  TILES(tile, 12, 2, taps, xPixel)                                                                 \
  TILES(tile, 10, 2, taps, xPixel)                                                                 \
  TILES(tile, 8, 2, taps, xPixel)                                                                  \
  TILES(tile, 7, 2, taps, xPixel)                                                                  \
  TILES(tile, 6, 2, taps, xPixel)                                                                  \
  TILES(tile, 4, 2, taps, xPixel)                                                                  \
  TILES(tile, 3, 2, taps, xPixel)                                                                  \
  TILES(tile, 2, 2, taps, xPixel)                                                                  \
  TILES(tile, 1, 2, taps, xPixel)

static void pointwise(
  const kernel_panel *panel, const float *x, ptrdiff_t xBlock, ptrdiff_t blocks,
  const float *residual, float *y, ptrdiff_t yBlock, ptrdiff_t pixels) {
  const ptrdiff_t outputs = panel->blocks * KERNEL_BLOCK;
  uint16_t *shorts = NULL;
  ALL_TILES(tile, KERNEL_BLOCK, KERNEL_BLOCK)
}

static void stem(
  const kernel_panel *panel, const float *x, ptrdiff_t xBlock, ptrdiff_t channels, float *y,
  ptrdiff_t yBlock, ptrdiff_t pixels) {
  const ptrdiff_t outputs = panel->blocks * KERNEL_BLOCK;
  const ptrdiff_t blocks = 3;
  const float *residual = NULL;
  uint16_t *shorts = NULL;
  if (channels == 1) {
    ALL_TILES(tile, 3, 2)
  } else {
    ALL_TILES(tile, 9, 6)
  }
}

/// One tap's weights of `v` in a panel, which lie in float or in pairs of bfloat16.
INLINE vector rowWeights(const void *weight, const bool isPaired, ptrdiff_t k, int v) {
  if (!isPaired) return LOAD((const float *)weight + k * KERNEL_BLOCK + v * LANES);
  integers bits;
  __builtin_memcpy(
    &bits, (const uint16_t *)weight + 2 * (k / 2 * KERNEL_BLOCK + v * LANES), sizeof bits);
  bits = k % 2 ? bits & (int)0xffff0000 : bits << 16;
  vector result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

/// Eight sums at a time hide the latency of a multiply-add; the weights stream through once.
INLINE void rows(
  const void *weight, const bool isPaired, const float *bias, const float *x, ptrdiff_t depth,
  float *y, ptrdiff_t panels) {
  enum { PARTS = KERNEL_BLOCK / LANES, CHAINS = 8 / PARTS > 1 ? 8 / PARTS : 1 };
  const ptrdiff_t panelBytes = KERNEL_BLOCK * (isPaired ? (depth + 1) / 2 * 4 : depth * 4);
  for (ptrdiff_t panel = 0; panel < panels; panel++) {
    vector sum[CHAINS][PARTS];
    UNROLL for (int c = 0; c < CHAINS; c++) {
      UNROLL for (int v = 0; v < PARTS; v++) sum[c][v] = (vector)0;
    }
    ptrdiff_t k = 0;
    for (; k + CHAINS <= depth; k += CHAINS) {
      UNROLL for (int c = 0; c < CHAINS; c++) {
        UNROLL for (int v = 0; v < PARTS; v++)
          sum[c][v] += rowWeights(weight, isPaired, k + c, v) * (vector)x[k + c];
      }
    }
    for (; k < depth; k++) {
      UNROLL for (int v = 0; v < PARTS; v++)
        sum[0][v] += rowWeights(weight, isPaired, k, v) * (vector)x[k];
    }
    UNROLL for (int v = 0; v < PARTS; v++) {
      vector total = LOAD(bias + v * LANES);
      UNROLL for (int c = 0; c < CHAINS; c++) total += sum[c][v];
      STORE(y + v * LANES, total);
    }
    weight = (const char *)weight + panelBytes;
    bias += KERNEL_BLOCK;
    y += KERNEL_BLOCK;
  }
}

static void product(
  const float *weight, const float *bias, const float *x, ptrdiff_t depth, float *y,
  ptrdiff_t panels) {
  rows(weight, false, bias, x, depth, y, panels);
}

static void productPairs(
  const uint16_t *pairs, const float *bias, const float *x, ptrdiff_t depth, float *y,
  ptrdiff_t panels) {
  rows(pairs, true, bias, x, depth, y, panels);
}
