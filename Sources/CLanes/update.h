// Elementwise kernels: copies, sums and rectifiers. Included once per CPU level, after vector.h.

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

// The same with one operand of each from memory: `rounds` times through `count` floats, as sparse products read them.
static int64_t loadPeak(const float *x, int64_t count, int64_t rounds, float *sink) {
  enum { chains = peakChains < 8 ? peakChains : 8 };
  v16 sum[chains];
  UNROLL for (int i = 0; i < chains; i++) sum[i] = (v16)(0.0f);
  v16 a = load16(sink);
  int64_t tiles = count / (16 * chains);
  for (int64_t r = 0; r < rounds; r++)
    for (int64_t t = 0; t < tiles; t++)
      UNROLL for (int i = 0; i < chains; i++) sum[i] = fma16(a, *(const f16u *)(x + 16 * (t * chains + i)), sum[i]);
  v16 total = (v16)(0.0f);
  UNROLL for (int i = 0; i < chains; i++) total = total + sum[i];
  store16(sink, total);
  return rounds * tiles * chains * 16;
}
