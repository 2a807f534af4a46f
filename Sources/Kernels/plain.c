// What each kernel computes, as plainly as possible. The fast ones are tested against these.

#include "Kernels.h"
#include <math.h>
#include <string.h>

static float activated(float x, const float *slope, bool isRectified, int channel) {
  if (isRectified) return fmaxf(x, 0);
  return slope && x < 0 ? x * slope[channel] : x;
}

static void pointwise(
  const kernel_panel *panel, const float *x, ptrdiff_t xBlock, ptrdiff_t blocks,
  const float *residual, float *y, ptrdiff_t yBlock, ptrdiff_t pixels) {
  for (ptrdiff_t p = 0; p < pixels; p++) {
    for (int o = 0; o < panel->blocks * KERNEL_BLOCK; o++) {
      float sum = panel->bias[o];
      for (ptrdiff_t i = 0; i < blocks * KERNEL_BLOCK; i++) {
        const float value = x[i / KERNEL_BLOCK * xBlock + p * KERNEL_BLOCK + i % KERNEL_BLOCK];
        sum += value * panel->weight[i * KERNEL_PANEL + o];
      }
      const ptrdiff_t at = o / KERNEL_BLOCK * yBlock + p * KERNEL_BLOCK + o % KERNEL_BLOCK;
      y[at] = activated(sum, panel->slope, panel->isRectified, o) + (residual ? residual[at] : 0);
    }
  }
}

/// Rounded to bfloat16.
static uint16_t shortened(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)(isnan(x) ? (bits >> 16) | 64 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float lengthened(uint16_t value) {
  const uint32_t bits = (uint32_t)value << 16;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

static void pointwisePairs(
  const kernel_panel *panel, const uint16_t *x, ptrdiff_t xBlock, ptrdiff_t blocks,
  const float *residual, float *y, uint16_t *shorts, ptrdiff_t yBlock, ptrdiff_t pixels) {
  for (ptrdiff_t p = 0; p < pixels; p++) {
    for (int o = 0; o < panel->blocks * KERNEL_BLOCK; o++) {
      float sum = panel->bias[o];
      for (ptrdiff_t i = 0; i < blocks * KERNEL_BLOCK; i++) {
        const uint16_t value = x[i / KERNEL_BLOCK * xBlock + p * KERNEL_BLOCK + i % KERNEL_BLOCK];
        const uint16_t weight = panel->pairs[i / 2 * 2 * KERNEL_PANEL + 2 * o + i % 2];
        sum += lengthened(value) * lengthened(weight);
      }
      const ptrdiff_t at = o / KERNEL_BLOCK * yBlock + p * KERNEL_BLOCK + o % KERNEL_BLOCK;
      y[at] = activated(sum, panel->slope, panel->isRectified, o) + (residual ? residual[at] : 0);
      if (shorts) shorts[at] = shortened(y[at]);
    }
  }
}

static void shorten(const float *x, uint16_t *y, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) y[i] = shortened(x[i]);
}

static void stem(
  const kernel_panel *panel, const float *x, ptrdiff_t xRow, ptrdiff_t channels, float *y,
  ptrdiff_t yBlock, ptrdiff_t pixels) {
  const ptrdiff_t taps = 3 * channels;
  for (ptrdiff_t p = 0; p < pixels; p++) {
    for (int o = 0; o < panel->blocks * KERNEL_BLOCK; o++) {
      float sum = panel->bias[o];
      for (ptrdiff_t tap = 0; tap < 3 * taps; tap++)
        sum += x[tap / taps * xRow + p * 2 * channels + tap % taps]
          * panel->weight[tap * KERNEL_PANEL + o];
      y[o / KERNEL_BLOCK * yBlock + p * KERNEL_BLOCK + o % KERNEL_BLOCK] =
        activated(sum, panel->slope, panel->isRectified, o);
    }
  }
}

static void depthwise(
  const kernel_depthwise *block, const float *top, const float *middle, const float *bottom,
  ptrdiff_t stride, float *y, uint16_t *shorts, ptrdiff_t pixels) {
  const float *rows[3] = {top, middle, bottom};
  for (ptrdiff_t p = 0; p < pixels; p++) {
    for (int channel = 0; channel < KERNEL_BLOCK; channel++) {
      float sum = block->bias[channel];
      for (int tap = 0; tap < 9; tap++)
        sum += block->weight[tap * KERNEL_BLOCK + channel]
          * rows[tap / 3][(p * stride + tap % 3) * KERNEL_BLOCK + channel];
      const float value = activated(sum, block->slope, block->isRectified, channel);
      if (shorts) shorts[p * KERNEL_BLOCK + channel] = shortened(value);
      else y[p * KERNEL_BLOCK + channel] = value;
    }
  }
}

static void depthwisePair(
  const kernel_depthwise *block, const float *first, const float *second, const float *third,
  const float *fourth, float *y, uint16_t *shorts, ptrdiff_t pixels) {
  const ptrdiff_t row = pixels * KERNEL_BLOCK;
  depthwise(block, first, second, third, 1, y, shorts, pixels);
  depthwise(
    block, second, third, fourth, 1, shorts ? NULL : y + row, shorts ? shorts + row : NULL, pixels);
}

static void pool(const float *top, const float *bottom, float *y, ptrdiff_t pixels) {
  for (ptrdiff_t i = 0; i < pixels * KERNEL_BLOCK; i++) {
    const ptrdiff_t left = i / KERNEL_BLOCK * 2 * KERNEL_BLOCK + i % KERNEL_BLOCK;
    const ptrdiff_t right = left + KERNEL_BLOCK;
    y[i] = fmaxf(fmaxf(top[left], top[right]), fmaxf(bottom[left], bottom[right]));
  }
}

static void enlarge(const float *x, float *y, ptrdiff_t pixels) {
  for (ptrdiff_t i = 0; i < 2 * pixels * KERNEL_BLOCK; i++)
    y[i] += x[i / (2 * KERNEL_BLOCK) * KERNEL_BLOCK + i % KERNEL_BLOCK];
}

static void global(const kernel_depthwise *block, const float *x, ptrdiff_t pixels, float *y) {
  for (int channel = 0; channel < KERNEL_BLOCK; channel++) {
    float sum = block->bias[channel];
    for (ptrdiff_t p = 0; p < pixels; p++)
      sum += x[p * KERNEL_BLOCK + channel] * block->weight[p * KERNEL_BLOCK + channel];
    y[channel] = sum;
  }
}

static void line(
  const float *weight, ptrdiff_t taps, ptrdiff_t dilation, const float *x, float *y,
  ptrdiff_t pixels) {
  for (ptrdiff_t i = 0; i < pixels * KERNEL_BLOCK; i++) {
    y[i] = 0;
    for (ptrdiff_t tap = 0; tap < taps; tap++)
      y[i] += weight[tap * KERNEL_BLOCK + i % KERNEL_BLOCK] * x[i + tap * dilation * KERNEL_BLOCK];
  }
}

static void logarithm(float *y, float offset, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) y[i] = logf(y[i] + offset);
}

static void product(
  const float *weight, const float *bias, const float *x, ptrdiff_t depth, float *y,
  ptrdiff_t panels) {
  for (ptrdiff_t row = 0; row < panels * KERNEL_BLOCK; row++) {
    const float *first = weight + row / KERNEL_BLOCK * depth * KERNEL_BLOCK + row % KERNEL_BLOCK;
    float sum = bias[row];
    for (ptrdiff_t k = 0; k < depth; k++) sum += first[k * KERNEL_BLOCK] * x[k];
    y[row] = sum;
  }
}

static void productPairs(
  const uint16_t *pairs, const float *bias, const float *x, ptrdiff_t depth, float *y,
  ptrdiff_t panels) {
  for (ptrdiff_t row = 0; row < panels * KERNEL_BLOCK; row++) {
    const uint16_t *first = pairs + row / KERNEL_BLOCK * ((depth + 1) / 2) * 2 * KERNEL_BLOCK;
    float sum = bias[row];
    for (ptrdiff_t k = 0; k < depth; k++)
      sum += lengthened(first[2 * (k / 2 * KERNEL_BLOCK + row % KERNEL_BLOCK) + k % 2]) * x[k];
    y[row] = sum;
  }
}

static float logistic(float x) { return 1 / (1 + expf(-x)); }

static void gates(const float *fromInput, const float *fromState, float *state, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    const float reset = logistic(fromInput[i] + fromState[i]);
    const float update = logistic(fromInput[count + i] + fromState[count + i]);
    const float fresh = tanhf(fromInput[2 * count + i] + reset * fromState[2 * count + i]);
    state[i] = (1 - update) * fresh + update * state[i];
  }
}

static float limited(float value) { return value < 255 ? value : 255; }

static void colors(const uint8_t *x, float gain, float *y, ptrdiff_t pixels) {
  for (ptrdiff_t i = 0; i < 3 * pixels; i++) y[i] = limited((float)x[i / 3 * 4 + i % 3] * gain);
}

static void halve(
  const uint8_t *top, const uint8_t *bottom, float gain, float *y, ptrdiff_t pixels) {
  for (ptrdiff_t i = 0; i < 3 * pixels; i++) {
    const ptrdiff_t left = i / 3 * 8 + i % 3, right = left + 4;
    y[i] = limited((float)(top[left] + top[right] + bottom[left] + bottom[right]) * (gain / 4));
  }
}

static void reduce(
  const uint8_t *x, ptrdiff_t row, ptrdiff_t n, uint8_t *y, ptrdiff_t pixels) {
  const uint32_t reciprocal = (uint32_t)((1 << 24) / (n * n));
  for (ptrdiff_t i = 0; i < 4 * pixels; i++) {
    uint32_t sum = 0;
    for (ptrdiff_t tap = 0; tap < n * n; tap++)
      sum += x[tap / n * row + (i / 4 * n + tap % n) * 4 + i % 4];
    y[i] = (uint8_t)((sum * reciprocal + (1 << 23)) >> 24);
  }
}

/// A pixel beyond the edge takes the value of the one on the edge.
static float at(const kernel_picture *picture, int x, int y, int channel) {
  x = x < 0 ? 0 : x < picture->width ? x : picture->width - 1;
  y = y < 0 ? 0 : y < picture->height ? y : picture->height - 1;
  return picture->pixels[y * picture->row + 4 * x + channel];
}

static void sample(
  const kernel_picture *picture, float x, float y, float dx, float dy, float gain, float *output,
  ptrdiff_t pixels) {
  for (ptrdiff_t i = 0; i < 3 * pixels; i++) {
    const float px = x + (float)(i / 3) * dx, py = y + (float)(i / 3) * dy;
    const float left = floorf(px), top = floorf(py);
    float sum = 0;
    for (int corner = 0; corner < 4; corner++) {
      const int right = corner % 2, below = corner / 2;
      sum += (right ? px - left : 1 - (px - left)) * (below ? py - top : 1 - (py - top))
        * at(picture, (int)left + right, (int)top + below, i % 3);
    }
    const bool isInside =
      px > -1 && py > -1 && px < (float)picture->width && py < (float)picture->height;
    output[i] = isInside ? limited(sum * gain) : 0;
  }
}

static void crop(
  const uint8_t *x, ptrdiff_t row, const kernel_place *starts, ptrdiff_t count, kernel_place step,
  uint8_t *y, ptrdiff_t pixels) {
  for (ptrdiff_t i = 0; i < 3 * pixels; i++) {
    uint32_t sum = 0;
    for (ptrdiff_t n = 0; n < count; n++) {
      const ptrdiff_t px = starts[n].x + i / 3 * step.x, py = starts[n].y + i / 3 * step.y;
      for (int corner = 0; corner < 4; corner++) {
        const ptrdiff_t right = corner % 2, below = corner / 2;
        const uint32_t shareX = (uint32_t)((px >> 8) & 255), shareY = (uint32_t)((py >> 8) & 255);
        sum += (right ? shareX : 256 - shareX) * (below ? shareY : 256 - shareY)
          * x[((py >> 16) + below) * row + ((px >> 16) + right) * 4 + 2 - i % 3];
      }
    }
    y[i] = (uint8_t)((sum / (uint32_t)count + (1 << 15)) >> 16);
  }
}

static float peak(ptrdiff_t rounds) {
  volatile float sum = 0;
  for (ptrdiff_t round = 0; round < rounds; round++) sum = sum * 0.5f + 1;
  return sum;
}

const kernel_set kernels_plain = {
  .name = "plain", .pointwise = pointwise, .pointwisePairs = pointwisePairs, .shorten = shorten,
  .stem = stem, .depthwise = depthwise, .depthwisePair = depthwisePair, .pool = pool,
  .enlarge = enlarge, .global = global, .line = line, .logarithm = logarithm, .product = product,
  .productPairs = productPairs, .gates = gates, .colors = colors, .halve = halve,
  .sample = sample, .reduce = reduce, .crop = crop, .peak = peak, .peakOperations = 2};
