// Products of bfloat16 with sums in float, by the dot product of pairs; part of vector.h.

/// Like `tile` of products.h, with taps in pairs: `taps` of them in a block, pair `t` of pixel
/// `pixel` at pixel * xPixel + 2 * t.
INLINE void pairTile(
  const int pixels, const int vectors, const int taps, const int xPixel,
  const kernel_panel *panel, const uint16_t *x, ptrdiff_t xBlock, ptrdiff_t blocks,
  const float *residual, float *y, uint16_t *shorts, ptrdiff_t yBlock, ptrdiff_t channel) {
  const uint16_t *weight = panel->pairs + 2 * channel;
  const ptrdiff_t panelBytes = blocks * taps * 2 * KERNEL_PANEL * (ptrdiff_t)sizeof *weight;
  vector sum[2 * TILE][2];
  UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int v = 0; v < vectors; v++) sum[p][v] = LOAD(panel->bias + channel + v * LANES);
  }
  for (ptrdiff_t b = 0; b < blocks; b++) {
    _Pragma("clang loop unroll(disable)") for (int t = 0; t < taps; t++) {
      const __m512bh first = (__m512bh)_mm512_loadu_si512(weight);
      const __m512bh second =
        vectors > 1 ? (__m512bh)_mm512_loadu_si512(weight + 2 * LANES) : first;
      prefetch(weight, panelBytes, vectors * (int)sizeof first);
      UNROLL for (int p = 0; p < pixels; p++) {
        int pair;
        __builtin_memcpy(&pair, x + p * xPixel + 2 * t, sizeof pair);
        const __m512bh value = (__m512bh)_mm512_set1_epi32(pair);
        sum[p][0] = _mm512_dpbf16_ps(sum[p][0], first, value);
        if (vectors > 1) sum[p][1] = _mm512_dpbf16_ps(sum[p][1], second, value);
      }
      weight += 2 * KERNEL_PANEL;
    }
    x += xBlock;
  }
  finish(pixels, vectors, panel, sum, residual, y, shorts, yBlock, channel);
}

static void pointwisePairs(
  const kernel_panel *panel, const uint16_t *x, ptrdiff_t xBlock, ptrdiff_t blocks,
  const float *residual, float *y, uint16_t *shorts, ptrdiff_t yBlock, ptrdiff_t pixels) {
  const ptrdiff_t outputs = panel->blocks * KERNEL_BLOCK;
  ALL_TILES(pairTile, KERNEL_BLOCK / 2, KERNEL_BLOCK)
}

static void shorten(const float *x, uint16_t *y, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += LANES) put(NULL, y, i, LOAD(x + i));
}
