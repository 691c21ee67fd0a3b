// Optimiser steps. Included once per CPU level, after vector.h.
//
// Sixteen weights or fewer at a time, so that the kernels of gradients can take the step with gradients that they have just
// summed; the kernels at the end take it with gradients from memory. Both give the same bits.

INLINE v16 loadSome(const float *p, int32_t count) {
  if (count == 16) return *(const f16u *)p;
  v16 v = (v16)(0.0f);
  for (int32_t i = 0; i < count; i++) v[i] = p[i];
  return v;
}

INLINE void storeSome(float *p, int32_t count, v16 v) {
  if (count == 16) *(f16u *)p = v;
  else for (int32_t i = 0; i < count; i++) p[i] = v[i];
}

INLINE v16 maskedGradient(const clanes_update *a, int64_t i, int32_t count, v16 g) {
  if (!a->mask) return g;
  return (v16)((i16)g & (i16)loadSome((const float *)(a->mask + i), count));
}

// d = g + decay w;  m = momentum m + d;  w -= rate (nesterov ? d + momentum m : m)
INLINE void sgdStep(const clanes_update *a, float rate, int64_t i, int32_t count, v16 g) {
  v16 momentum = (v16)(a->momentum), w = loadSome(a->weight + i, count);
  v16 d = fma16((v16)(a->decay), w, maskedGradient(a, i, count, g)), step = d;
  if (a->moment1) {
    v16 m = fma16(momentum, loadSome(a->moment1 + i, count), d);
    storeSome(a->moment1 + i, count, m);
    step = a->nesterov ? fma16(momentum, m, d) : m;
  }
  storeSome(a->weight + i, count, fma16((v16)(-rate), step, w));
}

// g += decay w;  m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g g;  w -= rate correction1 m / (sqrt(v) correction2 + eps)
INLINE void adamStep(const clanes_update *a, clanes_step step, int64_t i, int32_t count, v16 g) {
  v16 w = loadSome(a->weight + i, count);
  g = fma16((v16)(a->decay), w, maskedGradient(a, i, count, g));
  v16 m = fma16((v16)(a->momentum), loadSome(a->moment1 + i, count), (v16)(1.0f - a->momentum) * g);
  v16 s = fma16((v16)(a->beta2), loadSome(a->moment2 + i, count), (v16)(1.0f - a->beta2) * g * g);
  storeSome(a->moment1 + i, count, m);
  storeSome(a->moment2 + i, count, s);
  v16 size = fma16(__builtin_elementwise_sqrt(s), (v16)(step.correction2), (v16)(a->epsilon));
  storeSome(a->weight + i, count, fma16((v16)(-(step.rate * step.correction1)), m / size, w));
}

// The step with gradients of elements first ..< first + count, which lie in `gradients` up to the next whole vector.
INLINE void takeSteps(const clanes_update *a, int64_t first, int32_t count, const float *gradients) {
  for (int32_t k = 0; k < count; k += 16) {
    int32_t n = count - k < 16 ? count - k : 16;
    v16 g = load16(gradients + k);
    if (n < 16 && first + k + n == a->count && (first + k) % 16 == 0) {
      // The padding behind the last weight is zero and stays it.
      i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
      g = lane < n ? g : (v16)(0.0f);
      n = 16;
    }
    if (a->moment2) adamStep(a, *a->step, first + k, n, g);
    else sgdStep(a, a->step->rate, first + k, n, g);
  }
}

// Every part takes whole vectors.
static void sgd(const void *arguments, int32_t part, int32_t parts) {
  clanes_update a = *(const clanes_update *)arguments;
  float rate = a.step->rate;
  int64_t vectors = (a.count + 15) / 16, end = vectors * (part + 1) / parts;
  for (int64_t v = vectors * part / parts; v < end; v++)
    sgdStep(&a, rate, 16 * v, 16, load16(a.gradient + 16 * v));
}

static void adam(const void *arguments, int32_t part, int32_t parts) {
  clanes_update a = *(const clanes_update *)arguments;
  clanes_step step = *a.step;
  int64_t vectors = (a.count + 15) / 16, end = vectors * (part + 1) / parts;
  for (int64_t v = vectors * part / parts; v < end; v++)
    adamStep(&a, step, 16 * v, 16, load16(a.gradient + 16 * v));
}
