// Dropout from a counter-based stream. Included once per CPU level, after vector.h.

typedef uint32_t w16 __attribute__((ext_vector_type(16), aligned(64)));
typedef uint64_t q16 __attribute__((ext_vector_type(16), aligned(64)));

// Philox 4x32-10 (Salmon et al. 2011), one block of four words a lane.
INLINE void philox(w16 c[4], const uint32_t key[2]) {
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    q16 p0 = __builtin_convertvector(c[0], q16) * (q16)(0xD2511F53ull);
    q16 p1 = __builtin_convertvector(c[2], q16) * (q16)(0xCD9E8D57ull);
    w16 high0 = __builtin_convertvector(p0 >> 32, w16), high1 = __builtin_convertvector(p1 >> 32, w16);
    c[0] = high1 ^ c[1] ^ (w16)(k0);
    c[2] = high0 ^ c[3] ^ (w16)(k1);
    c[1] = __builtin_convertvector(p1, w16);
    c[3] = __builtin_convertvector(p0, w16);
  }
}

// The words of up to four features of one block of samples.
INLINE void dropoutWords(const clanes_dropout *a, int32_t block, int32_t quad, w16 words[4]) {
  const q16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  uint64_t quads = (uint64_t)(a->features + 3) / 4, first = (uint64_t)a->step->iteration * (uint64_t)a->batch;
  q16 index = ((q16)(first + 16 * (uint64_t)block) + lane) * (q16)(quads) + (q16)((uint64_t)quad);
  words[0] = __builtin_convertvector(index, w16);
  words[1] = __builtin_convertvector(index >> 32, w16);
  words[2] = (w16)(a->stream[0]);
  words[3] = (w16)(a->stream[1]);
  philox(words, a->key);
}

INLINE v16 dropped(v16 x, w16 words, uint32_t threshold, float scale) {
  return words >= (w16)(threshold) ? x * (v16)(scale) : (v16)(0.0f);
}

static void dropout(const void *arguments, int32_t part, int32_t parts) {
  const clanes_dropout *a = arguments;
  int32_t quads = (a->features + 3) / 4, end = share(quads, part + 1, parts);
  for (int32_t quad = share(quads, part, parts); quad < end; quad++) {
    int32_t count = a->features - 4 * quad < 4 ? a->features - 4 * quad : 4;
    for (int32_t block = 0; block < a->blocks; block++) {
      w16 words[4];
      dropoutWords(a, block, quad, words);
      for (int32_t i = 0; i < count; i++) {
        int64_t at = a->feature[4 * quad + i] + a->position[block];
        v16 value = dropped(load16(a->x + at), words[i], a->threshold, a->scale);
        if (a->accumulate) value = load16(a->y + at) + value;
        if (a->gate) value = keepWherePositive(value, load16(a->gate + at));
        store16(a->y + at, value);
      }
    }
  }
}
