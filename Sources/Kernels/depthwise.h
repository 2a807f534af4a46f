// Operations on each channel by itself: depthwise convolutions, pooling; part of vector.h.

/// `count` neighbours of one row; the nine weights stay in registers.
INLINE void columns(
  const int count, const int stride, const vector weight[9], vector bias, const float *slope,
  const bool isRectified, const float *const rows[3], float *y, uint16_t *shorts, ptrdiff_t at) {
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
  UNROLL for (int i = 0; i < count; i++) {
    vector value = sum[i];
    if (isRectified) value = __builtin_elementwise_max(value, (vector)0);
    else if (slope) value = prelu(value, LOAD(slope));
    put(y, shorts, at + i * KERNEL_BLOCK, value);
  }
}

INLINE void row(
  const int stride, const kernel_depthwise *block, const float *top, const float *middle,
  const float *bottom, float *y, uint16_t *shorts, ptrdiff_t pixels) {
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
      count, stride, weight, bias, slope, block->isRectified, rows, y, shorts,                     \
      p * KERNEL_BLOCK + lane);                                                                    \
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
  ptrdiff_t stride, float *y, uint16_t *shorts, ptrdiff_t pixels) {
  if (stride == 1) row(1, block, top, middle, bottom, y, shorts, pixels);
  else row(2, block, top, middle, bottom, y, shorts, pixels);
}

#if LANES == 16
/// `count` neighbours of two rows at once: F(2, 3) down the columns (Winograd 1980; Lavin and Gray
/// 2016). Twelve multiply-adds for two pixels instead of eighteen, plus some additions.
INLINE void pairs(
  const int count, const vector weight[3][4], vector bias, const float *slope,
  const bool isRectified, const float *const rows[4], float *y, uint16_t *shorts, ptrdiff_t at,
  ptrdiff_t row) {
  vector sum[COLUMNS][4];
  UNROLL for (int j = 0; j < count + 2; j++) {
    const vector a = LOAD(rows[0] + j * KERNEL_BLOCK), b = LOAD(rows[1] + j * KERNEL_BLOCK);
    const vector c = LOAD(rows[2] + j * KERNEL_BLOCK), d = LOAD(rows[3] + j * KERNEL_BLOCK);
    const vector seen[4] = {a - c, b + c, c - b, b - d};
    UNROLL for (int t = 0; t < 3; t++) {
      const int i = j - t;
      if (i < 0 || i >= count) continue;
      UNROLL for (int k = 0; k < 4; k++)
        sum[i][k] = (t > 0 ? sum[i][k] : k == 1 ? bias : (vector)0) + weight[t][k] * seen[k];
    }
    const int i = j - 2;
    if (i < 0) continue;
    vector above = sum[i][0] + sum[i][1] + sum[i][2];
    vector below = sum[i][1] - sum[i][2] - sum[i][3];
    if (isRectified) {
      above = __builtin_elementwise_max(above, (vector)0);
      below = __builtin_elementwise_max(below, (vector)0);
    } else if (slope) {
      above = prelu(above, LOAD(slope));
      below = prelu(below, LOAD(slope));
    }
    put(y, shorts, at + i * KERNEL_BLOCK, above);
    put(y, shorts, at + row + i * KERNEL_BLOCK, below);
  }
}

INLINE void pairedRows(
  const kernel_depthwise *block, const bool isRectified, const float *slope,
  const float *const rows[4], float *y, uint16_t *shorts, ptrdiff_t pixels) {
  vector weight[3][4];
  UNROLL for (int t = 0; t < 3; t++) {
    const vector a = LOAD(block->weight + t * KERNEL_BLOCK);
    const vector b = LOAD(block->weight + (3 + t) * KERNEL_BLOCK);
    const vector c = LOAD(block->weight + (6 + t) * KERNEL_BLOCK);
    weight[t][0] = a;
    weight[t][1] = (a + b + c) * (vector)0.5f;
    weight[t][2] = (a - b + c) * (vector)0.5f;
    weight[t][3] = c;
  }
  const vector bias = LOAD(block->bias);
  ptrdiff_t p = 0;
#define GROUPS(count)                                                                              \
  for (; p + (count) <= pixels; p += (count)) {                                                    \
    const ptrdiff_t at = p * KERNEL_BLOCK;                                                         \
    const float *const part[4] = {rows[0] + at, rows[1] + at, rows[2] + at, rows[3] + at};         \
    pairs(                                                                                         \
      count, weight, bias, slope, isRectified, part, y, shorts, at, pixels * KERNEL_BLOCK);        \
  }
  GROUPS(COLUMNS)
  GROUPS(10)
  GROUPS(COLUMNS / 2)
  GROUPS(4)
  GROUPS(2)
  GROUPS(1)
#undef GROUPS
}

static void depthwisePair(
  const kernel_depthwise *block, const float *first, const float *second, const float *third,
  const float *fourth, float *y, uint16_t *shorts, ptrdiff_t pixels) {
  const float *const rows[4] = {first, second, third, fourth};
  if (block->isRectified) pairedRows(block, true, NULL, rows, y, shorts, pixels);
  else if (block->slope) pairedRows(block, false, block->slope, rows, y, shorts, pixels);
  else pairedRows(block, false, NULL, rows, y, shorts, pixels);
}
#else
// There are too few registers for the sums of two rows.
static void depthwisePair(
  const kernel_depthwise *block, const float *first, const float *second, const float *third,
  const float *fourth, float *y, uint16_t *shorts, ptrdiff_t pixels) {
  row(1, block, first, second, third, y, shorts, pixels);
  row(1, block, second, third, fourth, y + pixels * KERNEL_BLOCK, shorts, pixels);
}
#endif

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

/// `count` neighbours of a sequence share the weights of a tap.
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
