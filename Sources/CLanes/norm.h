// Batch norm: statistics of every channel over samples and places, and what follows from them. Included once per CPU
// level, after vector.h.
//
// Memory traffic bounds these kernels, so a thread takes a channel at a time: statistics first, then the output in
// reverse order, which finds in the second cache what was read last.
//
// Order of summation: the vectors of a run go to four chains in turn, per lane, run after run; then chains 0 and 2, 1 and
// 3, both; then the tree over the lanes. Runs, and so all bits, depend on shapes alone.

enum { normChains = 4, normWeights = 12 };

typedef struct {
  vp first[parts16][normChains], second[parts16][normChains];
} normSums;

typedef struct {
  float mean, factor, shift; // y = factor (x - mean) + shift
} normLine;

INLINE float sumChains(vp (*chain)[normChains]) {
  vp sum[parts16];
  UNROLL for (int p = 0; p < parts16; p++) sum[p] = (chain[p][0] + chain[p][2]) + (chain[p][1] + chain[p][3]);
  v8 h = foldParts(sum);
  v4 q = h.lo + h.hi;
  return (q.x + q.z) + (q.y + q.w);
}

// 1 in lanes that hold a sample and 0 in others, for the first twelve vectors of a run; they repeat, for a run has one,
// two, three or four blocks.
INLINE void weighRun(const clanes_step *step, const clanes_run *run, float *weights) {
  i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int32_t v = 0; v < normWeights; v++) {
    i16 sample = lane + 16 * (run->block + v % run->blocks);
    store16(weights + 16 * v, sample < step->samples ? (v16)(1.0f) : (v16)(0.0f));
  }
}

INLINE bool isWhole(const clanes_run *run, int32_t samples) { return 16 * (run->block + run->blocks) <= samples; }

// BODY(j) for vectors i + j of a run in chain j; w is where the weights of vector i begin.
#define EACH_VECTOR(run, BODY)                                      \
  int32_t i = 0, w = 0;                                             \
  for (; i + normChains <= (run)->vectors; i += normChains) {       \
    UNROLL for (int j = 0; j < normChains; j++) BODY(j)             \
    w = w == 16 * (normWeights - normChains) ? 0 : w + 16 * normChains; \
  }                                                                 \
  UNROLL for (int j = 0; j < normChains - 1; j++) if (i + j < (run)->vectors) BODY(j)

// Adds x - pivot and its square.
INLINE void addMoments(const float *x, const clanes_run *run, int p, vp pivot, const float *weights, bool masked,
                       normSums *sums) {
  vp first[normChains], second[normChains];
  UNROLL for (int j = 0; j < normChains; j++) {
    first[j] = sums->first[p][j];
    second[j] = sums->second[p][j];
  }
#define BODY(j)                                                        \
  {                                                                    \
    vp d = loadPart(x + run->at[i + j]) - pivot;                       \
    if (masked) d = d * loadPart(weights + w + 16 * j);                \
    first[j] = first[j] + d;                                           \
    second[j] = fmaPart(d, d, second[j]);                              \
  }
  EACH_VECTOR(run, BODY)
#undef BODY
  UNROLL for (int j = 0; j < normChains; j++) {
    sums->first[p][j] = first[j];
    sums->second[p][j] = second[j];
  }
}

INLINE void addMomentsOfRun(const clanes_norm *a, const float *x, const clanes_run *run, float pivot, normSums *sums) {
  float weights[16 * normWeights] __attribute__((aligned(64)));
  int32_t samples = a->step->samples;
  if (16 * run->block >= samples) return;
  bool whole = isWhole(run, samples);
  if (!whole) weighRun(a->step, run, weights);
  x += run->x;
  UNROLL for (int p = 0; p < parts16; p++) {
    if (whole) addMoments(x + p * partLanes, run, p, (vp)(pivot), NULL, false, sums);
    else addMoments(x + p * partLanes, run, p, (vp)(pivot), weights + p * partLanes, true, sums);
  }
}

// Mean and variance of a channel, in one pass: sums are of differences from the mean of the first run, so that little
// cancels. The variance's relative error is at most that of two passes times the number of runs.
INLINE void measure(const clanes_norm *a, const float *x, float *mean, float *variance) {
  normSums sums = {0};
  int32_t samples = a->step->samples, real = 16 * a->run->blocks;
  addMomentsOfRun(a, x, a->run, 0.0f, &sums);
  int32_t firstCount = (real < samples ? real : samples) * (a->run->vectors / a->run->blocks);
  float pivot = sumChains(sums.first) / (float)firstCount, count = (float)((int64_t)samples * a->places);
  sums = (normSums){0};
  for (int32_t r = 0; r < a->runs; r++) addMomentsOfRun(a, x, a->run + r, pivot, &sums);
  float first = sumChains(sums.first), offset = first / count;
  float square = (sumChains(sums.second) - first * offset) / count;
  *mean = pivot + offset;
  *variance = square < 0.0f ? 0.0f : square;
}

// running = (1 - share) running + share batch, with the unbiased variance, which a single value does not have.
INLINE void moveRunning(const clanes_norm *a, int32_t channel, float mean, float variance) {
  float share = a->pass == clanesMeasuring ? a->step->statisticsShare : a->momentum, rest = 1.0f - share;
  int64_t count = (int64_t)a->step->samples * a->places;
  a->runningMean[channel] = rest * a->runningMean[channel] + share * mean;
  if (count < 2) return;
  float unbiased = variance * ((float)count / (float)(count - 1));
  a->runningVariance[channel] = rest * a->runningVariance[channel] + share * unbiased;
}

INLINE normLine lineOf(const clanes_norm *a, int32_t channel, float mean, float inverse) {
  return (normLine){mean, a->scale ? a->scale[channel] * inverse : inverse, a->shift ? a->shift[channel] : 0.0f};
}

INLINE v16 follow(normLine line, v16 d) { return fma16(d, (v16)(line.factor), (v16)(line.shift)); }

INLINE void normaliseRun(const clanes_norm *a, const float *x, float *y, const float *addend, const clanes_run *run,
                         normLine line) {
  for (int32_t i = 0; i < run->vectors; i++) {
    v16 value = follow(line, load16(x + run->at[i]) - (v16)(line.mean));
    if (addend) value = value + load16(addend + run->at[i]);
    store16(y + run->at[i], a->relu ? max16(value, (v16)(0.0f)) : value);
  }
}

static void normalise(const void *arguments, int32_t part, int32_t parts) {
  const clanes_norm *a = arguments;
  for (int32_t c = share(a->channels, part, parts); c < share(a->channels, part + 1, parts); c++) {
    const float *x = a->x + c * a->xStride;
    float mean, variance;
    if (a->pass == clanesEvaluation) {
      mean = a->runningMean[c];
      variance = a->runningVariance[c];
    } else {
      measure(a, x, &mean, &variance);
      moveRunning(a, c, mean, variance);
    }
    float inverse = 1.0f / __builtin_sqrtf(variance + a->epsilon);
    a->mean[c] = mean;
    a->inverse[c] = inverse;
    normLine line = lineOf(a, c, mean, inverse);
    for (const clanes_run *run = a->run + a->runs; run-- > a->run;) {
      int64_t at = c * a->yStride + run->y;
      if (a->addend) normaliseRun(a, x + run->x, a->y + at, a->addend + at, run, line);
      else normaliseRun(a, x + run->x, a->y + at, NULL, run, line);
    }
  }
}

// MARK: backward

// Adds g and g (x - mean), where g is dy, or dy where the rectified output was positive.
INLINE void addGradients(const float *x, const float *dy, const clanes_run *run, int p, normLine line, bool relu,
                         normSums *sums) {
  vp first[normChains], second[normChains];
  UNROLL for (int j = 0; j < normChains; j++) {
    first[j] = sums->first[p][j];
    second[j] = sums->second[p][j];
  }
#define BODY(j)                                                                                        \
  {                                                                                                    \
    vp d = loadPart(x + run->at[i + j]) - (vp)(line.mean), g = loadPart(dy + run->at[i + j]);          \
    if (relu) g = fmaPart(d, (vp)(line.factor), (vp)(line.shift)) > 0.0f ? g : (vp)(0.0f);             \
    first[j] = first[j] + g;                                                                           \
    second[j] = fmaPart(g, d, second[j]);                                                              \
  }
  EACH_VECTOR(run, BODY)
#undef BODY
  (void)w;
  UNROLL for (int j = 0; j < normChains; j++) {
    sums->first[p][j] = first[j];
    sums->second[p][j] = second[j];
  }
}

typedef struct {
  normLine line;
  float slope, level; // dx = factor g + slope (x - mean) + level
} normGradientLine;

INLINE void spreadRun(const clanes_norm_gradient *a, const float *x, const float *dy, float *dx, const clanes_run *run,
                      normGradientLine k, bool relu, const float *weights) {
  int32_t w = 0;
  for (int32_t i = 0; i < run->vectors; i++) {
    v16 value = load16(x + run->at[i]), d = value - (v16)(k.line.mean), g = load16(dy + run->at[i]);
    if (relu) g = keepWherePositive(g, follow(k.line, d));
    v16 result = fma16((v16)(k.line.factor), g, fma16(d, (v16)(k.slope), (v16)(k.level)));
    if (weights) {
      result = result * load16(weights + w);
      w = w == 16 * (normWeights - 1) ? 0 : w + 16;
    }
    if (a->accumulate) result = result + load16(dx + run->at[i]);
    store16(dx + run->at[i], a->gated ? keepWherePositive(result, value) : result);
  }
}

// Lanes without a sample have no gradient to begin with, and get none.
INLINE void spreadChannel(const clanes_norm_gradient *a, const float *x, const float *dy, float *dx, normGradientLine k) {
  float weights[16 * normWeights] __attribute__((aligned(64)));
  const clanes_norm *norm = &a->norm;
  for (const clanes_run *run = norm->run + norm->runs; run-- > norm->run;) {
    const float *px = x + run->x, *pdy = dy + run->y;
    if (!isWhole(run, norm->step->samples)) {
      weighRun(norm->step, run, weights);
      if (norm->relu) spreadRun(a, px, pdy, dx + run->x, run, k, true, weights);
      else spreadRun(a, px, pdy, dx + run->x, run, k, false, weights);
    } else if (norm->relu) {
      spreadRun(a, px, pdy, dx + run->x, run, k, true, NULL);
    } else {
      spreadRun(a, px, pdy, dx + run->x, run, k, false, NULL);
    }
  }
}

static void normaliseGradient(const void *arguments, int32_t part, int32_t parts) {
  const clanes_norm_gradient *a = arguments;
  const clanes_norm *norm = &a->norm;
  float count = (float)((int64_t)norm->step->samples * norm->places);
  for (int32_t c = share(norm->channels, part, parts); c < share(norm->channels, part + 1, parts); c++) {
    const float *x = norm->x + c * norm->xStride, *dy = a->dy + c * norm->yStride;
    normSums sums = {0};
    float inverse = norm->inverse[c];
    normLine line = lineOf(norm, c, norm->mean[c], inverse);
    // Running statistics are constants: the gradient passes through alone.
    bool constant = norm->pass == clanesEvaluation;
    for (int32_t r = 0; (!constant || a->scaleGradient || a->shiftGradient) && r < norm->runs; r++) {
      const clanes_run *run = norm->run + r;
      UNROLL for (int p = 0; p < parts16; p++) {
        const float *px = x + run->x + p * partLanes, *pdy = dy + run->y + p * partLanes;
        if (norm->relu) addGradients(px, pdy, run, p, line, true, &sums);
        else addGradients(px, pdy, run, p, line, false, &sums);
      }
    }
    float first = sumChains(sums.first), second = sumChains(sums.second);
    if (a->shiftGradient) a->shiftGradient[c] = first;
    if (a->scaleGradient) a->scaleGradient[c] = second * inverse;
    if (!a->dx) continue;
    float slope = -line.factor * (inverse * inverse * (second / count)), level = -line.factor * (first / count);
    if (constant) slope = level = 0.0f;
    spreadChannel(a, x, dy, a->dx + c * norm->xStride, (normGradientLine){line, slope, level});
  }
}
#undef EACH_VECTOR
