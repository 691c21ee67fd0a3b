// Batch norm: statistics of every channel over samples and places, and what follows from them. Included once per CPU
// level, after vector.h.
//
// Memory traffic bounds these kernels, so a thread takes a channel at a time, or a few small ones, whose planes lie side by
// side: statistics first, then the output with the planes in reverse order, which finds in the second cache what was read
// last.
//
// Order of summation: the vectors of a row go to four chains in turn, per lane, row after row and plane after plane; then
// chains 0 and 2, 1 and 3, both; then the tree over the lanes. All that depends on shapes alone.

enum {
  normChains = 4,
  // Weights of lanes repeat after twelve vectors, for one, two, three or four blocks lie side by side.
  normWeights = 12,
  // Channels at a time, and how many vectors of an input they may have together: 256 KiB.
  normChannels = 16,
  normVectors = 4096,
  // Vectors that are swept a register's lanes at a time: they stay in the first cache.
  normSweep = 128,
};

typedef struct {
  vp first[parts16][normChains], second[parts16][normChains];
} normSums;

INLINE float sumChains(vp (*chain)[normChains]) {
  vp sum[parts16];
  UNROLL for (int p = 0; p < parts16; p++) sum[p] = (chain[p][0] + chain[p][2]) + (chain[p][1] + chain[p][3]);
  v8 h = foldParts(sum);
  v4 q = h.lo + h.hi;
  return (q.x + q.z) + (q.y + q.w);
}

// 1 in lanes that hold a sample, else 0.
INLINE void weighPlane(const clanes_step *step, const clanes_plane *plane, float *weights) {
  i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int32_t v = 0; v < normWeights; v++) {
    i16 sample = lane + 16 * (plane->block + v % plane->blocks);
    store16(weights + 16 * v, sample < step->samples ? (v16)(1.0f) : (v16)(0.0f));
  }
}

INLINE bool isWhole(const clanes_plane *plane, int32_t samples) {
  return 16 * (plane->block + plane->blocks) <= samples;
}

// The vectors of a row follow each other, unless places have room for more blocks than the plane has.
INLINE bool isContiguous(const clanes_norm *a, const clanes_plane *plane) {
  return a->width == 1 || 16 * plane->blocks == a->placeStride;
}

// BODY(j, at) for vector i + j of a row in chain j, `at` floats from where the row begins; weights of vector i begin at w.
#define EACH_VECTOR(a, plane, contiguous, BODY)                                                                        \
  {                                                                                                                    \
    int32_t i = 0, w = 0, place = 0, block = 0, vectors = (a)->width * (plane)->blocks;                                \
    if (contiguous) {                                                                                                  \
      for (; i + normChains <= vectors; i += normChains) {                                                             \
        UNROLL for (int j = 0; j < normChains; j++) BODY(j, 16 * (i + j))                                              \
        w = w == 16 * (normWeights - normChains) ? 0 : w + 16 * normChains;                                            \
      }                                                                                                                \
      UNROLL for (int j = 0; j < normChains - 1; j++) if (i + j < vectors) BODY(j, 16 * (i + j))                       \
    } else {                                                                                                           \
      for (; i < vectors; i += normChains) {                                                                           \
        UNROLL for (int j = 0; j < normChains; j++) if (i + j < vectors) {                                             \
          BODY(j, place * (a)->placeStride + 16 * block)                                                               \
          if (++block == (plane)->blocks) block = 0, place++;                                                          \
        }                                                                                                              \
        w = w == 16 * (normWeights - normChains) ? 0 : w + 16 * normChains;                                            \
      }                                                                                                                \
    }                                                                                                                  \
    (void)w;                                                                                                           \
  }

// SWEEP(p, row, end, x) for rows ..< end of a plane and the lanes of part p.
#define EACH_SWEEP(a, plane, SWEEP)                                                                                    \
  {                                                                                                                    \
    int32_t rows = (a)->height, vectors = (a)->width * (plane)->blocks;                                                \
    int32_t size = parts16 == 1 || rows * vectors <= normSweep ? rows : (normSweep + vectors - 1) / vectors;           \
    for (int32_t row = 0; row < rows; row += size) {                                                                   \
      int32_t end = row + size < rows ? row + size : rows;                                                             \
      UNROLL for (int p = 0; p < parts16; p++) SWEEP(p, row, end)                                                      \
    }                                                                                                                  \
  }

#define LOAD_CHAINS                                                                                                    \
  vp first[normChains], second[normChains];                                                                            \
  UNROLL for (int j = 0; j < normChains; j++) first[j] = sums->first[p][j], second[j] = sums->second[p][j];
#define STORE_CHAINS                                                                                                   \
  UNROLL for (int j = 0; j < normChains; j++) sums->first[p][j] = first[j], sums->second[p][j] = second[j];

// Channels that a thread takes at a time, from `first` on.
typedef struct {
  int32_t first, count;
} normBatch;

INLINE normBatch batchAt(const clanes_norm *a, int32_t channel, int32_t end) {
  const clanes_plane *last = a->plane + a->planes - 1;
  int64_t vectors = (int64_t)a->height * a->width * (last->block + last->blocks);
  int32_t fit = (int32_t)(normVectors / vectors), left = end - channel;
  fit = fit < 1 ? 1 : fit > normChannels ? normChannels : fit;
  return (normBatch){channel, fit < left ? fit : left};
}

// Adds x - pivot and its square.
INLINE void addMoments(const clanes_norm *a, const float *x, const clanes_plane *plane, vp pivot, const float *weights,
                       bool contiguous, int p, int32_t row, int32_t end, normSums *sums) {
  LOAD_CHAINS
  for (; row < end; row++) {
    const float *px = x + row * a->xRow + p * partLanes;
#define BODY(j, at)                                                                        \
  {                                                                                        \
    vp d = loadPart(px + (at)) - pivot;                                                    \
    if (weights) d = d * loadPart(weights + w + 16 * j + p * partLanes);                   \
    first[j] = first[j] + d;                                                               \
    second[j] = fmaPart(d, d, second[j]);                                                  \
  }
    EACH_VECTOR(a, plane, contiguous, BODY)
#undef BODY
  }
  STORE_CHAINS
}

INLINE void addMomentsOfPlane(const clanes_norm *a, normBatch b, const clanes_plane *plane, const float *pivots,
                              normSums *all) {
  float weights[16 * normWeights] __attribute__((aligned(64)));
  if (16 * plane->block >= a->step->samples) return;
  bool contiguous = isContiguous(a, plane), whole = isWhole(plane, a->step->samples);
  if (!whole || !contiguous) weighPlane(a->step, plane, weights);
  for (int32_t c = 0; c < b.count; c++) {
    const float *x = a->x + (b.first + c) * a->xStride + plane->x;
    vp pivot = (vp)(pivots[c]);
    normSums *sums = all + c;
#define WHOLE(p, row, end) addMoments(a, x, plane, pivot, NULL, true, p, row, end, sums);
#define PARTIAL(p, row, end) addMoments(a, x, plane, pivot, weights, true, p, row, end, sums);
#define SCATTERED(p, row, end) addMoments(a, x, plane, pivot, weights, false, p, row, end, sums);
    if (!contiguous) EACH_SWEEP(a, plane, SCATTERED)
    else if (!whole) EACH_SWEEP(a, plane, PARTIAL)
    else EACH_SWEEP(a, plane, WHOLE)
#undef WHOLE
#undef PARTIAL
#undef SCATTERED
  }
}

// Means and variances, in one pass: sums are of differences from the mean of the first plane's first row, so that little
// cancels. The variance's relative error is at most that of two passes times the number of rows in all planes.
INLINE void measure(const clanes_norm *a, normBatch b, float *mean, float *variance) {
  normSums sums[normChannels];
  int32_t samples = a->step->samples, real = 16 * a->plane->blocks;
  clanes_norm top = *a;
  top.height = 1;
  float pivots[normChannels] = {0};
  for (int32_t c = 0; c < b.count; c++) sums[c] = (normSums){0};
  addMomentsOfPlane(&top, b, a->plane, pivots, sums);
  for (int32_t c = 0; c < b.count; c++) {
    pivots[c] = sumChains(sums[c].first) / (float)((real < samples ? real : samples) * a->width);
    sums[c] = (normSums){0};
  }
  for (int32_t i = 0; i < a->planes; i++) addMomentsOfPlane(a, b, a->plane + i, pivots, sums);
  float count = (float)((int64_t)samples * a->height * a->width);
  for (int32_t c = 0; c < b.count; c++) {
    float first = sumChains(sums[c].first), offset = first / count;
    float square = (sumChains(sums[c].second) - first * offset) / count;
    mean[c] = pivots[c] + offset;
    variance[c] = square < 0.0f ? 0.0f : square;
  }
}

// running = (1 - share) running + share batch, with the unbiased variance, which a single value does not have.
INLINE void moveRunning(const clanes_norm *a, int32_t channel, float mean, float variance) {
  float share = a->pass == clanesMeasuring ? a->step->statisticsShare : a->momentum, rest = 1.0f - share;
  int64_t count = (int64_t)a->step->samples * a->height * a->width;
  a->runningMean[channel] = rest * a->runningMean[channel] + share * mean;
  if (count < 2) return;
  float unbiased = variance * ((float)count / (float)(count - 1));
  a->runningVariance[channel] = rest * a->runningVariance[channel] + share * unbiased;
}

INLINE clanes_norm_line lineAt(float mean, float inverse, const float *scale, const float *shift) {
  return (clanes_norm_line){mean, scale ? *scale * inverse : inverse, shift ? *shift : 0.0f};
}

INLINE clanes_norm_line lineOf(const clanes_norm *a, int32_t channel) {
  return lineAt(a->mean[channel], a->inverse[channel], a->scale ? a->scale + channel : NULL,
                a->shift ? a->shift + channel : NULL);
}

INLINE void normaliseImage(const clanes_norm *a, const float *x, float *y, const float *addend,
                           const clanes_plane *plane, clanes_norm_line line, bool streams, bool contiguous) {
  for (int32_t row = 0; row < a->height; row++, x += a->xRow, y += a->yRow) {
#define BODY(j, at)                                                         \
  {                                                                         \
    v16 value = follow(line, load16(x + (at)) - (v16)(line.mean));          \
    if (addend) value = value + load16(addend + (at));                      \
    if (a->relu) value = max16(value, (v16)(0.0f));                         \
    if (streams) stream16(y + (at), value);                                 \
    else store16(y + (at), value);                                          \
  }
    EACH_VECTOR(a, plane, contiguous, BODY)
#undef BODY
    if (addend) addend += a->yRow;
  }
}

INLINE void normalisePlane(const clanes_norm *a, normBatch b, const clanes_plane *plane) {
  bool contiguous = isContiguous(a, plane);
  for (int32_t c = b.first; c < b.first + b.count; c++) {
    const float *x = a->x + c * a->xStride + plane->x;
    int64_t at = c * a->yStride + plane->y;
    const float *addend = a->addend ? a->addend + at : NULL;
    if (!contiguous) normaliseImage(a, x, a->y + at, addend, plane, lineOf(a, c), false, false);
    else if (addend) normaliseImage(a, x, a->y + at, addend, plane, lineOf(a, c), a->streams, true);
    else if (a->streams) normaliseImage(a, x, a->y + at, NULL, plane, lineOf(a, c), true, true);
    else normaliseImage(a, x, a->y + at, NULL, plane, lineOf(a, c), false, true);
  }
}

static void normalise(const void *arguments, int32_t part, int32_t parts) {
  const clanes_norm *a = arguments;
  normBatch b;
  for (int32_t c = share(a->channels, part, parts), end = share(a->channels, part + 1, parts); c < end; c += b.count) {
    b = batchAt(a, c, end);
    float variance[normChannels];
    if (a->pass != clanesEvaluation) measure(a, b, a->mean + c, variance);
    for (int32_t i = 0; i < b.count; i++) {
      if (a->pass == clanesEvaluation) {
        a->mean[c + i] = a->runningMean[c + i];
        variance[i] = a->runningVariance[c + i];
      } else {
        moveRunning(a, c + i, a->mean[c + i], variance[i]);
      }
      a->inverse[c + i] = 1.0f / __builtin_sqrtf(variance[i] + a->epsilon);
    }
    for (const clanes_plane *plane = a->plane + a->planes; plane-- > a->plane;) normalisePlane(a, b, plane);
  }
  if (a->streams) finishStreams();
}

static void normLines(const void *arguments, int32_t part, int32_t parts) {
  const clanes_norm_lines *a = arguments;
  for (int32_t c = share(a->channels, part, parts), end = share(a->channels, part + 1, parts); c < end; c++)
    a->line[c] = lineAt(a->runningMean[c], 1.0f / __builtin_sqrtf(a->runningVariance[c] + a->epsilon),
                        a->scale ? a->scale + c : NULL, a->shift ? a->shift + c : NULL);
}
