// Rows of pixels, from bytes to a network's input; part of vector.h. A pixel is four bytes: blue,
// green, red, unused.

typedef uint8_t bytes4 __attribute__((ext_vector_type(4), aligned(1)));
typedef uint8_t bytes8 __attribute__((ext_vector_type(8), aligned(1)));
typedef uint8_t bytes16 __attribute__((ext_vector_type(16), aligned(1)));
typedef uint8_t bytes32 __attribute__((ext_vector_type(32), aligned(1)));
typedef uint16_t shorts16 __attribute__((ext_vector_type(16)));
typedef uint16_t shorts32 __attribute__((ext_vector_type(32)));
typedef uint32_t sums4 __attribute__((ext_vector_type(4)));
typedef int32_t integers4 __attribute__((ext_vector_type(4)));
typedef float floats4 __attribute__((ext_vector_type(4)));
typedef float floats8 __attribute__((ext_vector_type(8)));
typedef float floats16 __attribute__((ext_vector_type(16), aligned(4)));

INLINE sums4 sums(const uint8_t *pixel) {
  return __builtin_convertvector(*(const bytes4 *)pixel, sums4);
}

INLINE floats4 color(const uint8_t *pixel) {
  return __builtin_convertvector(__builtin_convertvector(*(const bytes4 *)pixel, integers4), floats4);
}

INLINE void write_color(floats4 value, float *y) {
  value = __builtin_elementwise_min(value, (floats4)255);
  y[0] = value.x;
  y[1] = value.y;
  y[2] = value.z;
}

/// Writes four pixels, plus four floats after them that the next pixels overwrite.
INLINE void write_four(const floats16 *four, float *y) {
  const floats16 value = __builtin_elementwise_min(*four, (floats16)255);
  *(floats16 *)y = __builtin_shufflevector(
    value, value, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
}

/// The last pixels are written one at a time, since nothing beyond the row may be touched.
enum { LAST_PIXELS = 6 };

static void colors(const uint8_t *x, float gain, float *y, ptrdiff_t pixels) {
  ptrdiff_t p = 0;
  for (; p + LAST_PIXELS <= pixels; p += 4) {
    const bytes16 bytes = *(const bytes16 *)(x + 4 * p);
    const floats16 four = __builtin_convertvector(bytes, floats16) * (floats16)gain;
    write_four(&four, y + 3 * p);
  }
  for (; p < pixels; p++) write_color(color(x + 4 * p) * (floats4)gain, y + 3 * p);
}

static void halve(
  const uint8_t *top, const uint8_t *bottom, float gain, float *y, ptrdiff_t pixels) {
  const float share = gain / 4;
  ptrdiff_t p = 0;
  for (; p + LAST_PIXELS <= pixels; p += 4) {
    const shorts32 sum = __builtin_convertvector(*(const bytes32 *)(top + 8 * p), shorts32)
      + __builtin_convertvector(*(const bytes32 *)(bottom + 8 * p), shorts32);
    const shorts16 left = __builtin_shufflevector(
      sum, sum, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    const shorts16 right = __builtin_shufflevector(
      sum, sum, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    const floats16 four = __builtin_convertvector(left + right, floats16) * (floats16)share;
    write_four(&four, y + 3 * p);
  }
  for (; p < pixels; p++) {
    const uint8_t *upper = top + 8 * p, *lower = bottom + 8 * p;
    const floats4 sum = color(upper) + color(upper + 4) + color(lower) + color(lower + 4);
    write_color(sum * (floats4)share, y + 3 * p);
  }
}

static void reduce(
  const uint8_t *x, ptrdiff_t row, ptrdiff_t n, uint8_t *y, ptrdiff_t pixels) {
  const sums4 reciprocal = (sums4)(uint32_t)((1 << 24) / (n * n));
  for (ptrdiff_t p = 0; p < pixels; p++) {
    sums4 sum = (sums4)0;
    for (ptrdiff_t j = 0; j < n; j++) {
      for (ptrdiff_t i = 0; i < n; i++) sum += sums(x + j * row + 4 * i);
    }
    sum = (sum * reciprocal + (sums4)(1 << 23)) >> 24;
    *(bytes4 *)(y + 4 * p) = __builtin_convertvector(sum, bytes4);
    x += 4 * n;
  }
}

/// Samples a place on the edge or outside.
INLINE floats4 edge_sample(const kernel_picture *picture, float x, float y) {
  if (!(x > -1 && y > -1 && x < (float)picture->width && y < (float)picture->height))
    return (floats4)0;
  x = x > 0 ? x : 0;
  y = y > 0 ? y : 0;
  const int left = (int)x, top = (int)y;
  const ptrdiff_t next = left + 1 < picture->width ? 4 : 0;
  const uint8_t *upper = picture->pixels + top * picture->row + 4 * left;
  const uint8_t *lower = top + 1 < picture->height ? upper + picture->row : upper;
  const floats4 shareX = (floats4)(x - (float)left), shareY = (floats4)(y - (float)top);
  const floats4 a = color(upper), c = color(lower);
  const floats4 above = a + (color(upper + next) - a) * shareX;
  const floats4 below = c + (color(lower + next) - c) * shareX;
  return above + (below - above) * shareY;
}

static void sample(
  const kernel_picture *picture, float x, float y, float dx, float dy, float gain, float *output,
  ptrdiff_t pixels) {
  // Every instruction set must agree on which places are on the edge.
#pragma clang fp contract(off)
#define PLACE_X(p) (x + (float)(p) * dx)
#define PLACE_Y(p) (y + (float)(p) * dy)
#define IS_INNER(p)                                                                                \
  (PLACE_X(p) >= 0 && PLACE_Y(p) >= 0 && PLACE_X(p) < (float)(picture->width - 1)                  \
   && PLACE_Y(p) < (float)(picture->height - 1))
  ptrdiff_t first = 0, last = pixels;
  for (; first < last && !IS_INNER(first); first++)
    write_color(edge_sample(picture, PLACE_X(first), PLACE_Y(first)) * (floats4)gain, output + 3 * first);
  for (; last > first && !IS_INNER(last - 1); last--)
    write_color(
      edge_sample(picture, PLACE_X(last - 1), PLACE_Y(last - 1)) * (floats4)gain,
      output + 3 * (last - 1));
  for (ptrdiff_t p = first; p < last; p++) {
    const float px = PLACE_X(p), py = PLACE_Y(p);
    const int left = (int)px, top = (int)py;
    const uint8_t *upper = picture->pixels + top * picture->row + 4 * left;
    const floats8 a = __builtin_convertvector(*(const bytes8 *)upper, floats8);
    const floats8 b = __builtin_convertvector(*(const bytes8 *)(upper + picture->row), floats8);
    const floats8 pair = a + (b - a) * (floats8)(py - (float)top);
    const floats4 value = pair.lo + (pair.hi - pair.lo) * (floats4)(px - (float)left);
    write_color(value * (floats4)gain, output + 3 * p);
  }
#undef PLACE_X
#undef PLACE_Y
#undef IS_INNER
}

INLINE void lines(
  const int count, const uint8_t *x, ptrdiff_t row, const kernel_place *starts, kernel_place step,
  uint8_t *y, ptrdiff_t pixels) {
  const int bits = count == 4 ? 18 : 16;
  for (ptrdiff_t p = 0; p < pixels; p++) {
    sums4 sum = (sums4)(1u << (bits - 1));
    UNROLL for (int i = 0; i < count; i++) {
      const ptrdiff_t px = starts[i].x + p * step.x, py = starts[i].y + p * step.y;
      const uint8_t *upper = x + (py >> 16) * row + (px >> 16) * 4, *lower = upper + row;
      const sums4 right = (sums4)(uint32_t)((px >> 8) & 255), left = (sums4)256 - right;
      const sums4 below = (sums4)(uint32_t)((py >> 8) & 255);
      const sums4 above = sums(upper) * left + sums(upper + 4) * right;
      const sums4 under = sums(lower) * left + sums(lower + 4) * right;
      sum += above * ((sums4)256 - below) + under * below;
    }
    sum >>= bits;
    y[3 * p] = (uint8_t)sum.z;
    y[3 * p + 1] = (uint8_t)sum.y;
    y[3 * p + 2] = (uint8_t)sum.x;
  }
}

static void crop(
  const uint8_t *x, ptrdiff_t row, const kernel_place *starts, ptrdiff_t count, kernel_place step,
  uint8_t *y, ptrdiff_t pixels) {
  if (count == 4) lines(4, x, row, starts, step, y, pixels);
  else lines(1, x, row, starts, step, y, pixels);
}
