// Elementwise kernels: optimiser steps, copies, sums and rectifiers. Included once per CPU level, after vector.h.
//
// Buffers are padded to a multiple of sixteen floats. Every part takes whole vectors.

INLINE v16 maskedGradient(const clanes_update *a, int64_t i) {
  v16 g = load16(a->gradient + i);
  if (!a->mask) return g;
  return (v16)((i16)g & *(const i16 *)(a->mask + i));
}

// d = g + decay w;  m = momentum m + d;  w -= rate (nesterov ? d + momentum m : m)
static void sgd(const void *arguments, int32_t part, int32_t parts) {
  const clanes_update *a = arguments;
  int64_t vectors = (a->count + 15) / 16, end = vectors * (part + 1) / parts;
  v16 rate = (v16)(-a->step->rate), momentum = (v16)(a->momentum), decay = (v16)(a->decay);
  for (int64_t v = vectors * part / parts; v < end; v++) {
    int64_t i = 16 * v;
    v16 w = load16(a->weight + i);
    v16 d = fma16(decay, w, maskedGradient(a, i));
    v16 m = fma16(momentum, load16(a->moment1 + i), d);
    store16(a->moment1 + i, m);
    v16 step = a->nesterov ? fma16(momentum, m, d) : m;
    store16(a->weight + i, fma16(rate, step, w));
  }
}

// g += decay w;  m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g g;  w -= rate correction1 m / (sqrt(v) correction2 + eps)
static void adam(const void *arguments, int32_t part, int32_t parts) {
  const clanes_update *a = arguments;
  int64_t vectors = (a->count + 15) / 16, end = vectors * (part + 1) / parts;
  v16 rate = (v16)(-(a->step->rate * a->step->correction1)), decay = (v16)(a->decay);
  v16 beta1 = (v16)(a->momentum), beta2 = (v16)(a->beta2);
  v16 rest1 = (v16)(1.0f - a->momentum), rest2 = (v16)(1.0f - a->beta2);
  for (int64_t v = vectors * part / parts; v < end; v++) {
    int64_t i = 16 * v;
    v16 w = load16(a->weight + i);
    v16 g = fma16(decay, w, maskedGradient(a, i));
    v16 m = fma16(beta1, load16(a->moment1 + i), rest1 * g);
    v16 s = fma16(beta2, load16(a->moment2 + i), rest2 * g * g);
    store16(a->moment1 + i, m);
    store16(a->moment2 + i, s);
    v16 size = fma16(__builtin_elementwise_sqrt(s), (v16)(a->step->correction2), (v16)(a->epsilon));
    store16(a->weight + i, fma16(rate, m / size, w));
  }
}

static void gather(const void *arguments, int32_t part, int32_t parts) {
  const clanes_gather *a = arguments;
  int64_t end = a->count * (part + 1) / parts;
  for (int64_t i = a->count * part / parts; i < end; i++) a->target[i] = a->source[a->index[i]];
}

static void sum(const void *arguments, int32_t part, int32_t parts) {
  const clanes_sum *a = arguments;
  int64_t vectors = a->count / 16, end = vectors * (part + 1) / parts;
  for (int64_t v = vectors * part / parts; v < end; v++) {
    int64_t i = 16 * v;
    v16 value = load16(a->x + i);
    if (a->sourceGate) value = keepWherePositive(value, load16(a->sourceGate + i));
    if (a->addend) value = value + load16(a->addend + i);
    if (a->relu) value = max16(value, (v16)(0.0f));
    store16(a->y + i, a->gate ? keepWherePositive(value, load16(a->gate + i)) : value);
  }
}

static void elementary(int32_t kind, const float *x, float *y, int32_t count) {
  for (int32_t i = 0; i + 16 <= count; i += 16) store16(y + i, kind == 0 ? exp16(load16(x + i)) : log16(load16(x + i)));
}

// Twelve or more independent chains of multiply-adds in registers.
static int64_t peak(int64_t rounds, float *sink) {
  v16 sum[peakChains];
  UNROLL for (int i = 0; i < peakChains; i++) sum[i] = (v16)((float)i);
  v16 a = load16(sink), b = load16(sink + 16);
  for (int64_t r = 0; r < rounds; r++) UNROLL for (int i = 0; i < peakChains; i++) sum[i] = fma16(a, sum[i], b);
  v16 total = (v16)(0.0f);
  UNROLL for (int i = 0; i < peakChains; i++) total = total + sum[i];
  store16(sink, total);
  return rounds * peakChains * 16;
}
