// Gradients of batch norm. Included once per CPU level, after norm.h, whose order of summation it shares.

// Adds g and g (x - mean), where g is dy, or dy where the rectified output was positive.
INLINE void addGradients(const clanes_norm *a, const float *x, const float *dy, const clanes_plane *plane,
                         clanes_norm_line line, bool relu, bool contiguous, int p, int32_t row, int32_t end, normSums *sums) {
  LOAD_CHAINS
  for (; row < end; row++) {
    const float *px = x + row * a->xRow + p * partLanes, *pdy = dy + row * a->yRow + p * partLanes;
#define BODY(j, at)                                                                            \
  {                                                                                            \
    vp d = loadPart(px + (at)) - (vp)(line.mean), g = loadPart(pdy + (at));                    \
    if (relu) g = fmaPart(d, (vp)(line.factor), (vp)(line.shift)) > 0.0f ? g : (vp)(0.0f);     \
    first[j] = first[j] + g;                                                                   \
    second[j] = fmaPart(g, d, second[j]);                                                      \
  }
    EACH_VECTOR(a, plane, contiguous, BODY)
#undef BODY
  }
  STORE_CHAINS
}

INLINE void addGradientsOfPlane(const clanes_norm_gradient *g, normBatch b, const clanes_plane *plane, normSums *all) {
  const clanes_norm *a = &g->norm;
  bool contiguous = isContiguous(a, plane);
  for (int32_t c = b.first; c < b.first + b.count; c++) {
    const float *x = a->x + c * a->xStride + plane->x, *dy = g->dy + c * a->yStride + plane->y;
    clanes_norm_line line = lineOf(a, c);
    normSums *sums = all + (c - b.first);
#define RECTIFIED(p, row, end) addGradients(a, x, dy, plane, line, true, true, p, row, end, sums);
#define PLAIN(p, row, end) addGradients(a, x, dy, plane, line, false, true, p, row, end, sums);
#define SCATTERED(p, row, end) addGradients(a, x, dy, plane, line, a->relu, false, p, row, end, sums);
    if (!contiguous) EACH_SWEEP(a, plane, SCATTERED)
    else if (a->relu) EACH_SWEEP(a, plane, RECTIFIED)
    else EACH_SWEEP(a, plane, PLAIN)
#undef RECTIFIED
#undef PLAIN
#undef SCATTERED
  }
}

typedef struct {
  clanes_norm_line line;
  float slope, level; // dx = factor g + slope (x - mean) + level
} normGradientLine;

INLINE void spreadImage(const clanes_norm_gradient *a, const float *x, const float *dy, float *dx,
                        const clanes_plane *plane, normGradientLine k, bool relu, const float *weights, bool streams,
                        bool contiguous) {
  const clanes_norm *norm = &a->norm;
  for (int32_t row = 0; row < norm->height; row++, x += norm->xRow, dx += norm->xRow, dy += norm->yRow) {
#define BODY(j, at)                                                                                         \
  {                                                                                                         \
    v16 value = load16(x + (at)), d = value - (v16)(k.line.mean), g = load16(dy + (at));                    \
    if (relu) g = keepWherePositive(g, follow(k.line, d));                                                  \
    v16 result = fma16((v16)(k.line.factor), g, fma16(d, (v16)(k.slope), (v16)(k.level)));                  \
    if (weights) result = result * load16(weights + w + 16 * j);                                            \
    if (a->accumulate) result = result + load16(dx + (at));                                                 \
    if (a->gated) result = keepWherePositive(result, value);                                                \
    if (streams) stream16(dx + (at), result);                                                               \
    else store16(dx + (at), result);                                                                        \
  }
    EACH_VECTOR(norm, plane, contiguous, BODY)
#undef BODY
  }
}

// Lanes without a sample have no gradient to begin with, and get none.
INLINE void spreadPlane(const clanes_norm_gradient *a, normBatch b, const clanes_plane *plane,
                        const normGradientLine *lines) {
  float weights[16 * normWeights] __attribute__((aligned(64)));
  const clanes_norm *norm = &a->norm;
  bool whole = isWhole(plane, norm->step->samples), contiguous = isContiguous(norm, plane);
  if (!whole || !contiguous) weighPlane(norm->step, plane, weights);
  for (int32_t c = b.first; c < b.first + b.count; c++) {
    int64_t at = c * norm->xStride + plane->x;
    const float *x = norm->x + at, *dy = a->dy + c * norm->yStride + plane->y;
    normGradientLine line = lines[c - b.first];
    if (!contiguous) spreadImage(a, x, dy, a->dx + at, plane, line, norm->relu, weights, false, false);
    else if (!whole) spreadImage(a, x, dy, a->dx + at, plane, line, norm->relu, weights, false, true);
    else if (norm->relu && norm->streams) spreadImage(a, x, dy, a->dx + at, plane, line, true, NULL, true, true);
    else if (norm->relu) spreadImage(a, x, dy, a->dx + at, plane, line, true, NULL, false, true);
    else spreadImage(a, x, dy, a->dx + at, plane, line, false, NULL, norm->streams, true);
  }
}

static void normaliseGradient(const void *arguments, int32_t part, int32_t parts) {
  const clanes_norm_gradient *a = arguments;
  const clanes_norm *norm = &a->norm;
  float count = (float)((int64_t)norm->step->samples * norm->height * norm->width);
  bool constant = norm->pass == clanesEvaluation; // running statistics: the gradient passes through alone
  normBatch b;
  for (int32_t c = share(norm->channels, part, parts), end = share(norm->channels, part + 1, parts); c < end;
       c += b.count) {
    b = batchAt(norm, c, end);
    normSums sums[normChannels];
    normGradientLine lines[normChannels];
    for (int32_t i = 0; i < b.count; i++) sums[i] = (normSums){0};
    bool needsSums = !constant || a->scaleGradient || a->shiftGradient;
    for (int32_t i = 0; needsSums && i < norm->planes; i++) addGradientsOfPlane(a, b, norm->plane + i, sums);
    for (int32_t i = 0; i < b.count; i++) {
      float first = sumChains(sums[i].first), second = sumChains(sums[i].second), inverse = norm->inverse[c + i];
      clanes_norm_line line = lineOf(norm, c + i);
      if (a->shiftGradient) a->shiftGradient[c + i] = first;
      if (a->scaleGradient) a->scaleGradient[c + i] = second * inverse;
      lines[i] = (normGradientLine){line, 0.0f, 0.0f};
      if (constant) continue;
      lines[i].slope = -line.factor * (inverse * inverse * (second / count));
      lines[i].level = -line.factor * (first / count);
    }
    for (const clanes_plane *plane = norm->plane + norm->planes; a->dx && plane-- > norm->plane;)
      spreadPlane(a, b, plane, lines);
  }
  if (norm->streams) finishStreams();
}
#undef EACH_VECTOR
#undef EACH_SWEEP
#undef LOAD_CHAINS
#undef STORE_CHAINS
