// From samples in memory to lanes. Included once per CPU level, after vector.h.

INLINE void transposeBytes(b16 *r) {
  b16 t[16];
  // Interleaving rows i and i+8 four times transposes.
  for (int round = 0; round < 4; round++) {
    UNROLL for (int i = 0; i < 8; i++) {
      t[2 * i] = __builtin_shufflevector(r[i], r[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      t[2 * i + 1] =
          __builtin_shufflevector(r[i], r[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    UNROLL for (int i = 0; i < 16; i++) r[i] = t[i];
  }
}

// What element i of a run is multiplied with and shifted by: one number for the run (`each` 0), or one an element (1).
typedef struct {
  const float *multiplier;
  const float *shift;
  int32_t each;
} scale;

INLINE v16 scaled(v16 value, scale s, int32_t i) {
  return fma16(value, (v16)(s.multiplier[i * s.each]), (v16)(s.shift[i * s.each]));
}

INLINE void batchBytes(const uint8_t *const *samples, int32_t length, float *x, int64_t stride, scale s) {
  int32_t i = 0;
  for (; i + 16 <= length; i += 16) {
    b16 r[16];
    UNROLL for (int l = 0; l < 16; l++) r[l] = *(const b16 *)(samples[l] + i);
    transposeBytes(r);
    UNROLL for (int e = 0; e < 16; e++)
      store16(x + (i + e) * stride, scaled(__builtin_convertvector(r[e], v16), s, i + e));
  }
  for (; i < length; i++) {
    v16 value;
    UNROLL for (int l = 0; l < 16; l++) value[l] = (float)samples[l][i];
    store16(x + i * stride, scaled(value, s, i));
  }
}

INLINE void batchFloats(const float *const *samples, int32_t length, float *x, int64_t stride, scale s) {
  int32_t i = 0;
  for (; i + 8 <= length; i += 8) {
    v8 low[8], high[8];
    UNROLL for (int l = 0; l < 8; l++) low[l] = *(const v8u *)(samples[l] + i);
    UNROLL for (int l = 0; l < 8; l++) high[l] = *(const v8u *)(samples[8 + l] + i);
    transpose8(low);
    transpose8(high);
    UNROLL for (int e = 0; e < 8; e++) {
      v16 value;
      value.lo = low[e];
      value.hi = high[e];
      store16(x + (i + e) * stride, scaled(value, s, i + e));
    }
  }
  for (; i < length; i++) {
    v16 value;
    UNROLL for (int l = 0; l < 16; l++) value[l] = samples[l][i];
    store16(x + i * stride, scaled(value, s, i));
  }
}

enum { movedElements = 64 };

INLINE int32_t clampTo(int32_t value, int32_t count) { return value < 0 ? 0 : value < count ? value : count; }
#define REVERSED(v) __builtin_shufflevector(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)

// Elements from ..< from + count of a row of `width` elements as a move shows it; `row` is NULL outside the sample. Those
// from `low` to `high` lie within the row, and of sixteen or more the last sixteen are copied at once.
#define MOVE_ROW(name, type, vector)                                                                                   \
  INLINE void name(type *out, const type *row, clanes_move move, int32_t width, int32_t from, int32_t count) {         \
    int32_t first = (move.mirrored ? move.columns : -move.columns) - from;                                             \
    int32_t low = clampTo(first, count), high = row ? clampTo(first + width, count) : low, i = low;                    \
    int32_t at = move.mirrored ? width - 1 + move.columns - from : from + move.columns;                                \
    for (int32_t e = 0; e < low; e++) out[e] = 0;                                                                      \
    for (; i < high && low + 16 <= high; i += 16) {                                                                    \
      int32_t e = i + 16 <= high ? i : high - 16;                                                                      \
      vector v = *(const vector *)(row + (move.mirrored ? at - e - 15 : at + e));                                      \
      *(vector *)(out + e) = move.mirrored ? REVERSED(v) : v;                                                          \
    }                                                                                                                  \
    for (; i < high; i++) out[i] = row[move.mirrored ? at - i : at + i];                                               \
    for (int32_t e = high; e < count; e++) out[e] = 0;                                                                 \
  }

MOVE_ROW(moveBytes, uint8_t, b16)
MOVE_ROW(moveFloats, float, f16u)

// Lanes beyond the real samples repeat the batch's first sample; their loss weight is zero.
INLINE int32_t sampleOf(const clanes_batch *a, int32_t block, int32_t lane) {
  return 16 * block + lane < a->step->samples ? 16 * block + lane : 0;
}

INLINE void batchRun(const clanes_batch *a, int32_t block, int64_t at, int32_t length, float *x, scale s) {
  int64_t size = (int64_t)a->runs * a->length;
  if (a->bytes) {
    const uint8_t *samples[16];
    for (int l = 0; l < 16; l++) samples[l] = a->bytes + a->step->indices[sampleOf(a, block, l)] * size + at;
    if (s.each) batchBytes(samples, length, x, a->elementStride, s);
    else batchBytes(samples, length, x, a->elementStride, (scale){s.multiplier, s.shift, 0});
  } else {
    const float *samples[16];
    for (int l = 0; l < 16; l++) samples[l] = a->floats + a->step->indices[sampleOf(a, block, l)] * size + at;
    batchFloats(samples, length, x, a->elementStride, s);
  }
}

// The same for moved samples, whose run is a row of the image.
INLINE void batchMovedRow(const clanes_batch *a, int32_t block, int32_t run, int32_t from, int32_t count, float *x,
                          scale s) {
  int64_t size = (int64_t)a->runs * a->length;
  int32_t height = a->runsPerChannel, width = a->length;
  uint8_t bytes[16][movedElements];
  float floats[16][movedElements];
  const uint8_t *byteRows[16];
  const float *floatRows[16];
  for (int l = 0; l < 16; l++) {
    int32_t sample = sampleOf(a, block, l), row = run % height + a->moves[sample].rows;
    int64_t at = a->step->indices[sample] * size + (int64_t)(run - run % height + row) * width;
    bool inside = 0 <= row && row < height;
    byteRows[l] = bytes[l];
    floatRows[l] = floats[l];
    if (a->bytes) moveBytes(bytes[l], inside ? a->bytes + at : NULL, a->moves[sample], width, from, count);
    else moveFloats(floats[l], inside ? a->floats + at : NULL, a->moves[sample], width, from, count);
  }
  s.each = 0;
  if (a->bytes) batchBytes(byteRows, count, x, a->elementStride, s);
  else batchFloats(floatRows, count, x, a->elementStride, s);
}

static void batch(const void *arguments, int32_t part, int32_t parts) {
  const clanes_batch *a = arguments;
  float *copy = a->x + part * a->xPartStride;
  if (a->xPartStride) part = 0, parts = 1;
  // Parts take runs of one block or, of a single long run or of moved rows, pieces.
  bool inPieces = a->runs == 1 || a->moves;
  int32_t most = inPieces ? movedElements : a->length, pieces = (a->length + most - 1) / most;
  int64_t total = (int64_t)a->blocks * a->runs * pieces;
  int32_t end = share(total, part + 1, parts);
  for (int32_t unit = share(total, part, parts); unit < end; unit++) {
    int32_t block = unit / (a->runs * pieces), run = unit / pieces % a->runs, from = unit % pieces * most;
    int32_t length = a->length - from < most ? a->length - from : most, channel = run / a->runsPerChannel;
    float *x = copy + a->blockOffset[block] + channel * a->channelStride + (run % a->runsPerChannel) * a->runStride +
               from * a->elementStride;
    scale s = {a->multiplier + (a->runIsChannels ? from : channel), a->shift + (a->runIsChannels ? from : channel),
               a->runIsChannels};
    if (a->moves) batchMovedRow(a, block, run, from, length, x, s);
    else batchRun(a, block, (int64_t)run * a->length + from, length, x, s);
  }
}
