// Elementary functions of vectors, and the kernels built from them; part of vector.h.

/// e^x to about 2 ulp: the polynomial of Cephes' expf on [-ln 2 / 2, ln 2 / 2].
INLINE vector exponential(vector x) {
  x = __builtin_elementwise_max(__builtin_elementwise_min(x, (vector)88), (vector)-87);
  const vector rounder = 12582912; // 1.5 * 2^23: adding it rounds to an integer
  const vector n = (x * (vector)1.44269504f + rounder) - rounder;
  vector r = x - n * (vector)0.693359375f;
  r = r - n * (vector)-2.12194440e-4f;
  vector p = (vector)1.9875691500e-4f;
  p = p * r + (vector)1.3981999507e-3f;
  p = p * r + (vector)8.3334519073e-3f;
  p = p * r + (vector)4.1665795894e-2f;
  p = p * r + (vector)1.6666665459e-1f;
  p = p * r + (vector)5.0000001201e-1f;
  p = p * r * r + r + (vector)1;
  const integers exponent = (__builtin_convertvector(n, integers) + 127) << 23;
  vector power;
  __builtin_memcpy(&power, &exponent, sizeof power);
  return p * power;
}

INLINE vector logistic(vector x) { return (vector)1 / ((vector)1 + exponential(-x)); }

static void gates(const float *fromInput, const float *fromState, float *state, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += LANES) {
    const float *input = fromInput + i, *hidden = fromState + i;
    const vector reset = logistic(LOAD(input) + LOAD(hidden));
    const vector update = logistic(LOAD(input + count) + LOAD(hidden + count));
    const vector x = LOAD(input + 2 * count) + reset * LOAD(hidden + 2 * count);
    const vector fresh = (vector)1 - (vector)2 / ((vector)1 + exponential((vector)2 * x));
    STORE(state + i, fresh + update * (LOAD(state + i) - fresh));
  }
}

/// log x to about 1 ulp for normal x above 0: the polynomial of Cephes' logf on
/// [sqrt 1/2 - 1, sqrt 2 - 1].
INLINE vector natural_logarithm(vector x) {
  integers bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  // Shifts sqrt 1/2 to where the exponent changes, so that the mantissa lies around 1.
  const integers shifted = bits - 0x3f3504f3;
  const integers exponent = shifted >> 23;
  bits -= exponent << 23;
  vector r;
  __builtin_memcpy(&r, &bits, sizeof r);
  r -= (vector)1;
  const vector n = __builtin_convertvector(exponent, vector), square = r * r;
  vector p = (vector)7.0376836292e-2f;
  p = p * r + (vector)-1.1514610310e-1f;
  p = p * r + (vector)1.1676998740e-1f;
  p = p * r + (vector)-1.2420140846e-1f;
  p = p * r + (vector)1.4249322787e-1f;
  p = p * r + (vector)-1.6668057665e-1f;
  p = p * r + (vector)2.0000714765e-1f;
  p = p * r + (vector)-2.4999993993e-1f;
  p = p * r + (vector)3.3333331174e-1f;
  p = p * r * square + n * (vector)-2.12194440e-4f - (vector)0.5f * square;
  return r + p + n * (vector)0.693359375f;
}

static void logarithm(float *y, float offset, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += LANES)
    STORE(y + i, natural_logarithm(LOAD(y + i) + (vector)offset));
}
