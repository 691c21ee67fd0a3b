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

INLINE void batchBytes(const clanes_batch *a, const uint8_t *const *samples, int64_t at, int32_t length, float *x,
                       v16 multiplier, v16 shift) {
  int32_t i = 0;
  for (; i + 16 <= length; i += 16) {
    b16 r[16];
    UNROLL for (int s = 0; s < 16; s++) r[s] = *(const b16 *)(samples[s] + at + i);
    transposeBytes(r);
    UNROLL for (int e = 0; e < 16; e++)
      store16(x + (i + e) * a->elementStride, fma16(__builtin_convertvector(r[e], v16), multiplier, shift));
  }
  for (; i < length; i++) {
    v16 value;
    UNROLL for (int s = 0; s < 16; s++) value[s] = (float)samples[s][at + i];
    store16(x + i * a->elementStride, fma16(value, multiplier, shift));
  }
}

INLINE void batchFloats(const clanes_batch *a, const float *const *samples, int64_t at, int32_t length, float *x,
                        v16 multiplier, v16 shift) {
  int32_t i = 0;
  for (; i + 8 <= length; i += 8)
    UNROLL for (int half = 0; half < 2; half++) {
      v8 r[8];
      UNROLL for (int s = 0; s < 8; s++) r[s] = *(const v8u *)(samples[8 * half + s] + at + i);
      transpose8(r);
      UNROLL for (int e = 0; e < 8; e++)
        *(v8 *)(x + (i + e) * a->elementStride + 8 * half) =
            __builtin_elementwise_fma(r[e], multiplier.lo, shift.lo);
    }
  for (; i < length; i++) {
    v16 value;
    UNROLL for (int s = 0; s < 16; s++) value[s] = samples[s][at + i];
    store16(x + i * a->elementStride, fma16(value, multiplier, shift));
  }
}

// Lanes beyond the real samples repeat the batch's first sample; their loss weight is zero.
static void batch(const void *arguments, int32_t part, int32_t parts) {
  const clanes_batch *a = arguments;
  float *ownCopy = a->x + part * a->xPartStride;
  if (a->xPartStride) part = 0, parts = 1;
  int64_t size = (int64_t)a->runs * a->length;
  int32_t total = a->runs * a->blocks;
  // Parts take runs of one block, or, where there is one long run, pieces of it.
  int32_t pieces = a->runs == 1 ? (a->length + 63) / 64 : 1;
  int32_t end = share((int64_t)total * pieces, part + 1, parts);
  for (int32_t unit = share((int64_t)total * pieces, part, parts); unit < end; unit++) {
    int32_t block = unit / (a->runs * pieces), run = unit / pieces % a->runs, piece = unit % pieces;
    int32_t from = pieces == 1 ? 0 : 64 * piece;
    int32_t length = pieces == 1 ? a->length : (a->length - from < 64 ? a->length - from : 64);
    int32_t channel = run / a->runsPerChannel;
    float *x = ownCopy + a->blockOffset[block] + channel * a->channelStride +
               (run % a->runsPerChannel) * a->runStride + from * a->elementStride;
    int64_t at = (int64_t)run * a->length + from;
    v16 multiplier = (v16)(a->multiplier[channel]), shift = (v16)(a->shift[channel]);
    const void *samples[16];
    for (int32_t s = 0; s < 16; s++) {
      int32_t lane = 16 * block + s, index = a->step->indices[lane < a->step->samples ? lane : 0];
      samples[s] = a->bytes ? (const void *)(a->bytes + index * size) : (const void *)(a->floats + index * size);
    }
    if (a->bytes) batchBytes(a, (const uint8_t *const *)samples, at, length, x, multiplier, shift);
    else batchFloats(a, (const float *const *)samples, at, length, x, multiplier, shift);
  }
}
