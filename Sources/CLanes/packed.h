// Products of bits by exclusive or and population count, and what networks of signs need beside them. Included once per CPU
// level, after vector.h. A vector holds a word of eight rows, so that one position alone fills it.

typedef uint64_t w8 __attribute__((ext_vector_type(8), aligned(64)));
typedef int32_t n8 __attribute__((ext_vector_type(8), aligned(4)));
typedef float f8u __attribute__((ext_vector_type(8), aligned(4)));
typedef bool flags8 __attribute__((ext_vector_type(8)));
typedef bool flags16 __attribute__((ext_vector_type(16)));

// How many bits of every word are ones. The clang of Swift 6.2 counts those of one word at a time.
INLINE w8 count8(w8 word) {
#if __has_builtin(__builtin_elementwise_popcount)
  return __builtin_elementwise_popcount(word);
#else
  w8 ones;
  UNROLL for (int i = 0; i < 8; i++) ones[i] = __builtin_popcountll(word[i]);
  return ones;
#endif
}

INLINE void packedTile(const clanes_packed_product *a, int32_t group, int height, int32_t position, int width) {
  const clanes_packed_output *out = &a->out;
  const uint64_t *x[packedPositions], *weight = a->weight + (int64_t)group * a->words * 16;
  w8 count[packedGroups][packedPositions];
  UNROLL for (int i = 0; i < width; i++) x[i] = a->x + out->xPosition[position + i];
  UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++) count[j][i] = (w8)(0);
  for (int32_t k = 0; k < a->words; k++, weight += 16) {
    int64_t at = a->offset[k];
    w8 sign[packedGroups], mask[packedGroups];
    UNROLL for (int j = 0; j < height; j++) {
      sign[j] = *(const w8 *)(weight + (int64_t)j * a->words * 16);
      mask[j] = *(const w8 *)(weight + (int64_t)j * a->words * 16 + 8);
    }
    UNROLL for (int i = 0; i < width; i++) {
      w8 word = (w8)(x[i][at]);
      UNROLL for (int j = 0; j < height; j++)
        count[j][i] += count8((word ^ sign[j]) & mask[j]);
    }
  }
  UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++) {
    int32_t p = position + i, row = 8 * (group + j), rows = 8 * out->groups;
    n8 sum = *(const n8 *)(a->start + a->edge[p] * rows + row) - 2 * __builtin_convertvector(count[j][i], n8);
    if (out->bits) {
      flags8 above = __builtin_convertvector(sum >= *(const n8 *)(a->threshold + row), flags8);
      uint8_t byte = __builtin_bit_cast(uint8_t, above);
      ((uint8_t *)(out->bits + out->yPosition[p]))[group + j] = byte ^ out->flip[group + j];
    } else {
      f8u bias = *(const f8u *)(out->bias + row);
      *(f8u *)(out->floats + out->yPosition[p] + row) =
          __builtin_elementwise_fma((f8u)(a->gain), __builtin_convertvector(sum, f8u), bias);
    }
  }
}

INLINE void packedGroupsAt(const clanes_packed_product *a, span s, int32_t position, int width) {
  int32_t group = s.row;
  for (; group + packedGroups <= s.rowEnd; group += packedGroups) packedTile(a, group, packedGroups, position, width);
  for (; group < s.rowEnd; group++) packedTile(a, group, 1, position, width);
}

// Positions are shared out where there are enough, else groups of rows.
INLINE span shareGroups(const clanes_packed_output *out, int32_t part, int32_t parts) {
  if (out->positions >= 4 * parts)
    return (span){0, out->groups, share(out->positions, part, parts), share(out->positions, part + 1, parts)};
  return (span){share(out->groups, part, parts), share(out->groups, part + 1, parts), 0, out->positions};
}

INLINE void packedShare(const void *arguments, int32_t part, int32_t parts) {
  const clanes_packed_product *a = arguments;
  span s = shareGroups(&a->out, part, parts);
  int32_t p = s.position;
  for (; p + packedPositions <= s.positionEnd; p += packedPositions) packedGroupsAt(a, s, p, packedPositions);
  for (; p < s.positionEnd; p++) packedGroupsAt(a, s, p, 1);
}

#if LANES_IN_REGISTER == 16
// Processors with AVX-512 differ in whether they count bits.
__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512vpopcntdq,avx2,fma"))) static void packedCounted(
    const void *arguments, int32_t part, int32_t parts) {
  packedShare(arguments, part, parts);
}
#endif

static void packedProduct(const void *arguments, int32_t part, int32_t parts) {
#if LANES_IN_REGISTER == 16
  if (__builtin_cpu_supports("avx512vpopcntdq")) {
    packedCounted(arguments, part, parts);
    return;
  }
#endif
  packedShare(arguments, part, parts);
}

INLINE void realTile(const clanes_real_product *a, int32_t group, int32_t position, int width) {
  const clanes_packed_output *out = &a->out;
  const float *x[realPositions], *weight = a->weight + (int64_t)group * a->terms * 16;
  v16 sum[realPositions];
  UNROLL for (int i = 0; i < width; i++) {
    x[i] = a->x + out->xPosition[position + i];
    sum[i] = load16(out->bias + 16 * group);
  }
  for (int32_t t = 0; t < a->terms; t++, weight += 16) {
    int64_t at = a->offset[t];
    UNROLL for (int i = 0; i < width; i++) sum[i] = fma16(splat16(x[i][at]), load16(weight), sum[i]);
  }
  UNROLL for (int i = 0; i < width; i++) {
    int32_t p = position + i;
    if (out->bits) {
      flags16 above = __builtin_convertvector(sum[i] >= load16(a->threshold + 16 * group), flags16);
      uint16_t bits = __builtin_bit_cast(uint16_t, above);
      uint8_t *y = (uint8_t *)(out->bits + out->yPosition[p]) + 2 * group;
      y[0] = (uint8_t)bits ^ out->flip[2 * group];
      y[1] = (uint8_t)(bits >> 8) ^ out->flip[2 * group + 1];
    } else {
      *(f16u *)(out->floats + out->yPosition[p] + 16 * group) = sum[i];
    }
  }
}

static void realProduct(const void *arguments, int32_t part, int32_t parts) {
  const clanes_real_product *a = arguments;
  span s = shareGroups(&a->out, part, parts);
  for (int32_t group = s.row; group < s.rowEnd; group++) {
    int32_t p = s.position;
    for (; p + realPositions <= s.positionEnd; p += realPositions) realTile(a, group, p, realPositions);
    for (; p < s.positionEnd; p++) realTile(a, group, p, 1);
  }
}

static void bitPool(const void *arguments, int32_t part, int32_t parts) {
  const clanes_bit_pool *a = arguments;
  for (int32_t p = share(a->positions, part, parts), end = share(a->positions, part + 1, parts); p < end; p++) {
    const uint64_t *x = a->x + a->xPosition[p];
    for (int32_t k = 0; k < a->words; k++) {
      uint64_t word = 0;
      for (int32_t t = 0; t < a->taps; t++) word |= x[a->tap[t] + k];
      a->y[a->yPosition[p] + k] = word ^ a->flip[k];
    }
  }
}
