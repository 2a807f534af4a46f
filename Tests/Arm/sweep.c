// Every kernel of every set against its plain version, over the shapes of KernelTests and
// PixelKernelTests, with a margin around each output that must be left alone; the mode of the float
// unit; and the thread pool. Needs nothing but libc, so that it runs where Swift does not.

#include "Kernels.h"
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 32, LARGEST = 1 << 16 };
static int failures, comparisons;
static const char *set_name;

static void fail(const char *what, const char *why) {
  if (failures++ < 20) printf("FAILED: %s: %s: %s\n", set_name, what, why);
}

/// Numbers in [-1, 1) that are the same in every run; they stand until `recycle`.
static float storage[1 << 20];
static size_t used;
static uint64_t seed = 1;
static void recycle(void) { used = 0; }
static float *numbers(ptrdiff_t count) {
  float *first = storage + used;
  used += (size_t)count;
  if (used > sizeof storage / sizeof *storage) abort();
  for (ptrdiff_t i = 0; i < count; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    first[i] = (float)(seed >> 40) / (float)(1 << 23) - 1;
  }
  return first;
}

/// The upper half of a float: a bfloat16.
static uint16_t upper(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (uint16_t)(bits >> 16);
}

static kernel_panel panel(ptrdiff_t depth, bool hasSlope, ptrdiff_t blocks, bool isRectified) {
  return (kernel_panel){
    .weight = numbers(depth * 32), .bias = numbers(32), .slope = hasSlope ? numbers(32) : NULL,
    .blocks = blocks, .isRectified = isRectified};
}
static kernel_depthwise block(ptrdiff_t taps, bool hasSlope, bool isRectified) {
  return (kernel_depthwise){
    .weight = numbers(taps * 16), .bias = numbers(16), .slope = hasSlope ? numbers(16) : NULL,
    .isRectified = isRectified};
}

/// What the plain kernel and the other one wrote, with their margins.
static float floats[2][LARGEST];
static uint8_t bytes[2][LARGEST];

// A position of 40 px, rounded otherwise by 2^-18 px, moves a sample on an edge by 0.0013.
enum unit { NUMBERS, GREY_LEVELS };
static void compare_floats(ptrdiff_t count, enum unit unit, const char *what) {
  comparisons++;
  for (ptrdiff_t i = 0; i < count + 2 * MARGIN; i++) {
    const double plain = floats[0][i], fast = floats[1][i];
    if (i < MARGIN || i >= count + MARGIN) {
      if (fast != 12345) return fail(what, "wrote beyond its output");
    } else if (!(fabs(plain - fast) <= (unit == NUMBERS ? 2e-5 * fmax(1, fabs(plain)) : 2e-3))) {
      char why[80];
      snprintf(why, sizeof why, "%g instead of %g at %td", fast, plain, i - MARGIN);
      return fail(what, why);
    }
  }
}
static void compare_bytes(ptrdiff_t count, const char *what) {
  comparisons++;
  for (ptrdiff_t i = 0; i < count + 2 * MARGIN; i++) {
    if (i < MARGIN || i >= count + MARGIN) {
      if (bytes[1][i] != 77) return fail(what, "wrote beyond its output");
    } else if (bytes[0][i] != bytes[1][i]) return fail(what, "other bytes");
  }
}

/// Runs a call of `kernels` that writes `y` with the plain set, then with `set`.
#define BOTH(type, output, filler, count, call)                                                    \
  for (int side = 0; side < 2; side++) {                                                           \
    const kernel_set *kernels = side ? set : plain;                                                \
    if ((count) + 2 * MARGIN > LARGEST) abort();                                                   \
    for (ptrdiff_t i = 0; i < (count) + 2 * MARGIN; i++) output[side][i] = filler;                 \
    type *y = output[side] + MARGIN;                                                               \
    call;                                                                                          \
  }
#define FLOATS(count, unit, what, call)                                                            \
  do {                                                                                             \
    BOTH(float, floats, 12345, count, call)                                                        \
    compare_floats(count, unit, what);                                                             \
  } while (0)
#define BYTES(count, what, call)                                                                   \
  do {                                                                                             \
    BOTH(uint8_t, bytes, 77, count, call)                                                          \
    compare_bytes(count, what);                                                                    \
  } while (0)

static void products(const kernel_set *plain, const kernel_set *set) {
  for (ptrdiff_t blocks = 1; blocks <= 5; blocks += blocks) {
    for (ptrdiff_t pixels = 0; pixels < 62; pixels++) {
      for (int kind = 0; kind < 6; kind++) {
        recycle();
        const ptrdiff_t gap = kind % 3, outputs = kind < 3 ? 2 : 1;
        const kernel_panel p = panel(blocks * 16, kind % 3 != 1, outputs, pixels % 3 == 0);
        const ptrdiff_t xBlock = (pixels + gap) * 16, yBlock = (pixels + 2 * gap) * 16;
        const float *x = numbers(blocks * xBlock + 16);
        const float *residual = kind % 3 == 0 ? numbers(outputs * yBlock) : NULL;
        FLOATS(
          outputs * yBlock, NUMBERS, "pointwise",
          kernels->pointwise(&p, x, xBlock, blocks, residual, y, yBlock, pixels));
        const float *before = numbers(outputs * yBlock);
        FLOATS(
          outputs * yBlock, NUMBERS, "pointwise in place",
          (memcpy(y, before, (size_t)(outputs * yBlock) * sizeof *y),
           kernels->pointwise(&p, x, xBlock, blocks, y, y, yBlock, pixels)));
      }
    }
  }
  for (ptrdiff_t pixels = 0; pixels < 62; pixels++) {
    for (ptrdiff_t outputs = 1; outputs <= 2; outputs++) {
      recycle();
      for (ptrdiff_t channels = 1; channels <= 3; channels += 2) {
        const kernel_panel p = panel(9 * channels, pixels % 2 == 0, outputs, pixels % 3 == 0);
        const ptrdiff_t row = (2 * pixels + 1) * channels;
        const float *x = numbers(3 * row);
        FLOATS(
          outputs * pixels * 16, NUMBERS, "stem",
          kernels->stem(&p, x, row, channels, y, pixels * 16, pixels));
      }
    }
  }
  const ptrdiff_t depths[] = {0, 1, 2, 3, 7, 8, 9, 17, 128, 513};
  for (ptrdiff_t panels = 0; panels < 10; panels += 3) {
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
      recycle();
      const float *weight = numbers(panels * depths[i] * 16), *bias = numbers(panels * 16);
      const float *x = numbers(depths[i]);
      FLOATS(
        panels * 16, NUMBERS, "product", kernels->product(weight, bias, x, depths[i], y, panels));
      static uint16_t pairs[9 * 257 * 32];
      const ptrdiff_t count = panels * ((depths[i] + 1) / 2) * 32;
      for (ptrdiff_t k = 0; k < count; k++) pairs[k] = upper(*numbers(1));
      FLOATS(
        panels * 16, NUMBERS, "productPairs",
        kernels->productPairs(pairs, bias, x, depths[i], y, panels));
    }
  }
}

static void neighbours(const kernel_set *plain, const kernel_set *set) {
  for (ptrdiff_t pixels = 1; pixels < 62; pixels++) {
    const ptrdiff_t count = pixels * 16;
    recycle();
    const kernel_depthwise b = block(9, pixels % 2 == 0, pixels % 3 == 0);
    const float *rows[4];
    for (int i = 0; i < 4; i++) rows[i] = numbers((2 * pixels + 2) * 16);
    for (ptrdiff_t stride = 1; stride <= 2; stride++)
      FLOATS(
        count, NUMBERS, "depthwise",
        kernels->depthwise(&b, rows[0], rows[1], rows[2], stride, y, NULL, pixels));
    FLOATS(
      2 * count, NUMBERS, "depthwisePair",
      kernels->depthwisePair(&b, rows[0], rows[1], rows[2], rows[3], y, NULL, pixels));
    FLOATS(count, NUMBERS, "pool", kernels->pool(rows[0], rows[1], y, pixels));
    FLOATS(
      2 * count, NUMBERS, "enlarge",
      (memcpy(y, rows[0], (size_t)(2 * count) * sizeof *y), kernels->enlarge(rows[1], y, pixels)));
    const kernel_depthwise whole = block(pixels, false, false);
    FLOATS(16, NUMBERS, "global", kernels->global(&whole, rows[0], pixels, y));
    for (ptrdiff_t taps = 1; taps < 30; taps += 7) {
      for (ptrdiff_t dilation = 1; dilation <= 2; dilation++) {
        const float *weight = numbers(taps * 16);
        const float *x = numbers((pixels + (taps - 1) * dilation) * 16);
        FLOATS(count, NUMBERS, "line", kernels->line(weight, taps, dilation, x, y, pixels));
      }
    }
  }
}

static void functions(const kernel_set *plain, const kernel_set *set) {
  for (int exponent = -60; exponent <= 60; exponent++) {
    recycle();
    float *x = numbers(32);
    for (int i = 0; i < 32; i++) x[i] = i ? ldexpf(fabsf(x[i]), exponent) : 0;
    FLOATS(
      32, NUMBERS, "logarithm", (memcpy(y, x, 32 * sizeof *y), kernels->logarithm(y, 1e-6f, 32)));
  }
  for (ptrdiff_t count = 16; count <= 128; count *= 2) {
    for (float scale = 1; scale <= 1000; scale *= 10) {
      recycle();
      float *input = numbers(3 * count), *hidden = numbers(3 * count);
      const float *state = numbers(count);
      for (ptrdiff_t i = 0; i < 3 * count; i++) input[i] *= scale, hidden[i] *= scale;
      FLOATS(
        count, NUMBERS, "gates",
        (memcpy(y, state, (size_t)count * sizeof *y), kernels->gates(input, hidden, y, count)));
    }
  }
}

static void pixel_rows(const kernel_set *plain, const kernel_set *set) {
  enum { ROW = 64 * 4 };
  static uint8_t x[64 * ROW];
  for (size_t i = 0; i < sizeof x; i++)
    x[i] = (uint8_t)((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56);
  const kernel_picture picture = {x, ROW, 40, 30};
  const float steps[][2] = {{1, 0}, {0.7f, 0.7f}, {-1.3f, 0.4f}, {0, -1.1f}};
  const kernel_place step = {81000, 5000}, starts[] = {
    {70000, 90001}, {100003, 90001}, {70000, 120007}, {110001, 130000}};
  for (ptrdiff_t pixels = 0; pixels < 32; pixels++) {
    for (float gain = 1; gain < 2; gain += 0.7f) {
      FLOATS(3 * pixels, GREY_LEVELS, "colors", kernels->colors(x, gain, y, pixels));
      FLOATS(3 * pixels, GREY_LEVELS, "halve", kernels->halve(x, x + ROW, gain, y, pixels));
    }
    for (int i = 0; i < 4; i++) {
      for (float at = -6.3f; at < 46; at += 0.37f)
        FLOATS(
          3 * pixels, GREY_LEVELS, "sample",
          kernels->sample(&picture, at, at * 0.8f, steps[i][0], steps[i][1], 1.3f, y, pixels));
    }
    for (ptrdiff_t count = 1; count <= 4; count += 3)
      BYTES(3 * pixels, "crop", kernels->crop(x, ROW, starts, count, step, y, pixels));
    for (ptrdiff_t n = 1; n * pixels < 64 && n <= 8; n++)
      BYTES(4 * pixels, "reduce", kernels->reduce(x, ROW, n, y, pixels));
  }
}

/// Subnormal numbers are 0 exactly between `float_mode_flush` and `float_mode_restore`.
static void float_mode(void) {
  set_name = "float mode";
  volatile float small = 1e-38f, share = 0.01f, product;
  const uint64_t mode = float_mode_flush();
  product = small * share;
  if (product != 0) fail("flush", "a subnormal product is not 0");
  float_mode_restore(mode);
  product = small * share;
  if (product == 0) fail("restore", "a subnormal product is still 0");
}

enum { STEPS = 3, PIECES = 7, JOBS = 300 };
static thread_pool *pool;
static atomic_int done[STEPS][PIECES];

static void job(void *context, ptrdiff_t thread, uint32_t step) {
  (void)context;
  for (int s = 0; s < STEPS; s++, step++) {
    for (ptrdiff_t piece; (piece = thread_pool_claim(pool, step, PIECES, thread % 2)) >= 0;) {
      // Every piece of the step before is finished.
      for (int i = 0; s > 0 && i < PIECES; i++)
        if (atomic_load(&done[s - 1][i]) != atomic_load(&done[0][0])) fail("step", "too early");
      atomic_fetch_add(&done[s][piece], 1);
      thread_pool_finish(pool, step, PIECES);
    }
    thread_pool_barrier(pool, step);
  }
}

static void threads(void) {
  set_name = "thread pool";
  for (int count = 1; count <= 4; count++) {
    memset(done, 0, sizeof done);
    pool = thread_pool_create(count);
    if (!pool) return fail("create", "no threads");
    for (int i = 0; i < JOBS; i++) {
      thread_pool_settle(pool);
      thread_pool_run(pool, job, done, false);
    }
    thread_pool_destroy(pool);
    for (int s = 0; s < STEPS; s++) {
      for (int i = 0; i < PIECES; i++)
        if (atomic_load(&done[s][i]) != JOBS) fail("job", "a piece was not done once");
    }
  }
}

int main(void) {
  int count = 0;
  while (kernels_available(count)) count++;
  const kernel_set *plain = kernels_available(count - 1);
  for (int i = 0; i + 1 < count; i++) {
    const kernel_set *set = kernels_available(i);
    set_name = set->name;
    comparisons = 0;
    products(plain, set);
    neighbours(plain, set);
    functions(plain, set);
    pixel_rows(plain, set);
    if (!(set->peak(1000) > 0)) fail("peak", "no number");
    printf("%s: %d comparisons with %s\n", set->name, comparisons, plain->name);
  }
  if (count < 2) fail("sets", "there is none but the plain one");
  float_mode();
  threads();
  return failures > 0;
}
