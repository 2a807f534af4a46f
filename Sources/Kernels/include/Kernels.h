#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The network's inner loops. Layouts, in float unless a comment says otherwise:
//   picture   (channels / 16, height * width, 16): blocks of KERNEL_BLOCK channels
//   weights   of a product: (outputs / 32, depth, 32): panels of KERNEL_PANEL outputs
// A sequence is a picture of one row.
// Channels beyond the last are padded with zeros. No pointer needs alignment, but 64 bytes is best.
// No function allocates, locks or keeps state.

#pragma clang assume_nonnull begin

enum { KERNEL_BLOCK = 16, KERNEL_PANEL = 32 };

/// One panel of weights, and what follows the product.
typedef struct {
  const float *_Nullable weight;   // (depth, 32)
  const uint16_t *_Nullable pairs; // (depth / 2, 32, 2) in bfloat16, instead of `weight`
  const float *bias;               // (32)
  const float *_Nullable slope;    // (32) of the PReLU; none for a linear layer
  ptrdiff_t blocks;                // of outputs to compute: 2, or 1 to skip the second half
  bool isRectified;                // a ReLU instead of the PReLU
} kernel_panel;

/// One block of a depthwise convolution.
typedef struct {
  const float *weight;          // (taps, 16)
  const float *bias;            // (16)
  const float *_Nullable slope; // (16)
  bool isRectified;             // a ReLU instead of the PReLU
} kernel_depthwise;

/// A picture of bytes: four per pixel, blue, green, red and one that is unused.
typedef struct {
  const uint8_t *pixels;
  ptrdiff_t row; // bytes from one row to the next
  int width;
  int height;
} kernel_picture;

/// A position or offset in a picture, in 1/65536 px. A pixel's value lies at its centre; (0, 0) is
/// the centre of the first pixel.
typedef struct {
  ptrdiff_t x;
  ptrdiff_t y;
} kernel_place;

/// The kernels for one instruction set.
typedef struct {
  const char *name;

  /// 1x1 convolution: `pixels` neighbours of `x` (blocks, xBlock / 16, 16) to the panel's blocks of
  /// `y`, which are `yBlock` floats apart, plus `residual`, which has the layout of `y` and may be
  /// `y`.
  void (*pointwise)(
    const kernel_panel *panel, const float *x, ptrdiff_t xBlock, ptrdiff_t blocks,
    const float *_Nullable residual, float *y, ptrdiff_t yBlock, ptrdiff_t pixels);

  /// The same with `x` and the weights in bfloat16, the panel's `pairs`; sums are float. `shorts`
  /// also receives the result, rounded to bfloat16, in the layout of `y`. Null in a set whose
  /// processors lack the instruction.
  ///
  /// Rounded numbers are the upper half of a float, ties to even; subnormal ones may become 0.
  void (*_Nullable pointwisePairs)(
    const kernel_panel *panel, const uint16_t *x, ptrdiff_t xBlock, ptrdiff_t blocks,
    const float *_Nullable residual, float *y, uint16_t *_Nullable shorts, ptrdiff_t yBlock,
    ptrdiff_t pixels);

  /// Rounds `x` (count) to bfloat16. `count` is a multiple of 16. Null where `pointwisePairs` is.
  void (*_Nullable shorten)(const float *x, uint16_t *y, ptrdiff_t count);

  /// 3x3 convolution with stride 2 of one row of a picture of 1 or 3 channels: `x` is the top left
  /// tap of the first pixel, (3, xRow / channels, channels); weights are (3, 3, channels, 32).
  void (*stem)(
    const kernel_panel *panel, const float *x, ptrdiff_t xRow, ptrdiff_t channels, float *y,
    ptrdiff_t yBlock, ptrdiff_t pixels);

  /// 3x3 depthwise convolution of one block: from three rows, each ((pixels - 1) * stride + 3, 16)
  /// including padding, to one row of `y` (pixels, 16). `stride` is 1 or 2. `shorts` receives the
  /// result in bfloat16 instead of `y`; only in a set that has `pointwisePairs`.
  void (*depthwise)(
    const kernel_depthwise *block, const float *top, const float *middle, const float *bottom,
    ptrdiff_t stride, float *_Nullable y, uint16_t *_Nullable shorts, ptrdiff_t pixels);

  /// The same with stride 1, two rows at once: from four neighbouring rows, each (pixels + 2, 16),
  /// to (2, pixels, 16).
  void (*depthwisePair)(
    const kernel_depthwise *block, const float *first, const float *second, const float *third,
    const float *fourth, float *_Nullable y, uint16_t *_Nullable shorts, ptrdiff_t pixels);

  /// Maximum of 2x2 pixels of one block: from two rows (2 * pixels, 16) to `y` (pixels, 16), which may
  /// be `top`.
  void (*pool)(const float *top, const float *bottom, float *y, ptrdiff_t pixels);

  /// Adds each pixel of `x` (pixels, 16) to two neighbours of `y` (2 * pixels, 16).
  void (*enlarge)(const float *x, float *y, ptrdiff_t pixels);

  /// Depthwise convolution of one block with a window as large as the picture: `x` (pixels, 16)
  /// to `y` (16). Linear.
  void (*global)(const kernel_depthwise *block, const float *x, ptrdiff_t pixels, float *y);

  /// Depthwise convolution of one block of a sequence: `x` (pixels + (taps - 1) * dilation, 16)
  /// including padding to `y` (pixels, 16). Linear, without bias; `weight` is (taps, 16).
  void (*line)(
    const float *weight, ptrdiff_t taps, ptrdiff_t dilation, const float *x, float *y,
    ptrdiff_t pixels);

  /// `y` (count) becomes log(y + offset), for `y` of at least 0 and an offset that is not
  /// subnormal. `count` is a multiple of 16.
  void (*logarithm)(float *y, float offset, ptrdiff_t count);

  /// `y` (panels, 16) = bias + weight (panels, depth, 16) times `x` (depth).
  void (*product)(
    const float *weight, const float *bias, const float *x, ptrdiff_t depth, float *y,
    ptrdiff_t panels);

  /// The same with weights in bfloat16, (panels, depth / 2 rounded up, 16, 2). Every bfloat16 is a
  /// float, so the result is that of the same weights in float.
  void (*productPairs)(
    const uint16_t *pairs, const float *bias, const float *x, ptrdiff_t depth, float *y,
    ptrdiff_t panels);

  /// The gates of a GRU (PyTorch's equations; r, z, n in each of `fromInput` and `fromState`,
  /// (3, count)): `state` (count) becomes the next one. `count` is a multiple of 16.
  void (*gates)(const float *fromInput, const float *fromState, float *state, ptrdiff_t count);

  /// Pixels of four bytes to `y` (pixels, 3): blue, green, red, times `gain`, at most 255.
  void (*colors)(const uint8_t *x, float gain, float *y, ptrdiff_t pixels);

  /// The same for the means of 2x2 pixels, from two rows of 2 * pixels.
  void (*halve)(
    const uint8_t *top, const uint8_t *bottom, float gain, float *y, ptrdiff_t pixels);

  /// The same for bilinear samples of `picture` at (x, y) + i (dx, dy), in px from the first
  /// pixel's centre; black one pixel or more outside.
  void (*sample)(
    const kernel_picture *picture, float x, float y, float dx, float dy, float gain, float *output,
    ptrdiff_t pixels);

  /// The means of n x n pixels to `y`, from n rows (n * pixels) that are `row` bytes apart. n is 1
  /// to 64.
  void (*reduce)(const uint8_t *x, ptrdiff_t row, ptrdiff_t n, uint8_t *y, ptrdiff_t pixels);

  /// Red, green and blue bytes to `y` (pixels, 3): the mean of bilinear samples at each of `count`
  /// places, 1 or 4, which advance by `step` from pixel to pixel and must lie inside the picture.
  void (*crop)(
    const uint8_t *x, ptrdiff_t row, const kernel_place *starts, ptrdiff_t count,
    kernel_place step, uint8_t *y, ptrdiff_t pixels);

  /// Runs `rounds` rounds of `flops` independent multiply-adds in registers, counted as two
  /// operations each, and returns a number that depends on all of them.
  float (*peak)(ptrdiff_t rounds);
  ptrdiff_t peakOperations;
} kernel_set;

/// Every set that this processor can run, fastest first; the last one is the plain scalar version
/// that the others are tested against.
const kernel_set *_Nullable kernels_available(int index);

/// Threads that do one job together. The caller of `thread_pool_run` is one of them, and a pool
/// serves one caller at a time. A job is a sequence of steps, and a step a number of pieces. Pieces
/// are claimed, not assigned: a thread that another program keeps off its core delays no other
/// thread unless it holds a piece, and one that arrives late skips the steps that are done.
typedef struct thread_pool thread_pool;

/// Null if a thread could not be started.
thread_pool *_Nullable thread_pool_create(int threads);
/// Ends the threads; no job may be running.
void thread_pool_destroy(thread_pool *pool);
/// Runs `job` on each thread, with subnormal numbers treated as 0. Every thread runs through the
/// same steps, the first of which is number `step`. Returns when the caller's part ends, which must
/// be after a `thread_pool_barrier`, unless the caller runs it `alone`: then without any step.
void thread_pool_run(
  thread_pool *pool, void (*job)(void *context, ptrdiff_t thread, uint32_t step), void *context,
  bool alone);
/// Waits until no thread uses the last job any more. Call it before that job's context changes.
void thread_pool_settle(thread_pool *pool);
/// Claims a piece of a step of `total` (above 0, below 65536) pieces: the first that is left, or the
/// last, so that two threads meet in the middle and keep to their own halves from step to step. Do
/// it, then call `thread_pool_finish`. Returns -1 if none are left.
ptrdiff_t thread_pool_claim(
  thread_pool *pool, uint32_t step, ptrdiff_t total, bool takesLast);
void thread_pool_finish(thread_pool *pool, uint32_t step, ptrdiff_t total);
/// Waits until every piece of the step is done.
void thread_pool_barrier(thread_pool *pool, uint32_t step);

/// Treats subnormal numbers as 0 on this thread; returns the mode to pass to `float_mode_restore`.
uint64_t float_mode_flush(void);
void float_mode_restore(uint64_t mode);

#pragma clang assume_nonnull end
