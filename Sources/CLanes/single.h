// One sample: lanes hold places of an image, or outputs. Included once per CPU level, after vector.h and product.h.
//
// Every output is the chain of fused multiply-adds that products of sixteen samples have.

INLINE v16 load16u(const float *p) { return *(const f16u *)p; }
INLINE v8 load8u(const float *p) { return *(const v8u *)p; }

// Vectors of positions in a tile.
enum { singleWidth = widePositions < 8 ? 5 : 8 };

// `height` rows from `row` on at `halves` half vectors of positions: the terms that all rows have side by side, then the rest.
INLINE void singleTile(const clanes_place_product *a, int32_t row, int height, int32_t half, int halves) {
  const int width = halves / 2;
  const bool isOdd = halves % 2;
  v16 sum[4][singleWidth];
  v8 odd[4];
  const float *x = a->x + 8 * half, *keep = a->keep + 8 * half;
  int32_t t[4], end[4], shared = INT32_MAX;
  UNROLL for (int j = 0; j < height; j++) {
    t[j] = a->start[row + j];
    end[j] = a->start[row + j + 1];
    if (end[j] - t[j] < shared) shared = end[j] - t[j];
    const float *addend = a->addend ? a->addend + a->rowAt[row + j] + 8 * half : NULL;
    v16 bias = splat16(a->bias[row + j]);
    UNROLL for (int i = 0; i < width; i++) sum[j][i] = addend ? bias + load16u(addend + 16 * i) : bias;
    if (isOdd) odd[j] = addend ? bias.lo + load8u(addend + 16 * width) : bias.lo;
  }
#define TERM(j)                                                                                        \
  {                                                                                                    \
    v16 w = splat16(a->weight[t[j]]);                                                                  \
    const float *from = x + a->offset[t[j]++];                                                         \
    UNROLL for (int i = 0; i < width; i++) sum[j][i] = fma16(w, load16u(from + 16 * i), sum[j][i]);     \
    if (isOdd) odd[j] = __builtin_elementwise_fma(w.lo, load8u(from + 16 * width), odd[j]);            \
  }
  if (height > 1)
    for (int32_t k = 0; k < shared; k++) UNROLL for (int j = 0; j < height; j++) TERM(j)
  UNROLL for (int j = 0; j < height; j++) {
    while (t[j] < end[j]) TERM(j)
    float *y = a->y + a->rowAt[row + j] + 8 * half;
    UNROLL for (int i = 0; i < width; i++) {
      v16 value = a->relu ? max16(sum[j][i], (v16)(0.0f)) : sum[j][i];
      *(f16u *)(y + 16 * i) = keepWherePositive(value, load16(keep + 16 * i));
    }
    if (isOdd) {
      v8 value = a->relu ? (odd[j] > 0.0f ? odd[j] : (v8)(0.0f)) : odd[j];
      *(v8u *)(y + 16 * width) = load8u(keep + 16 * width) > 0.0f ? value : (v8)(0.0f);
    }
  }
#undef TERM
}

// Rows `row` ..< `end`, by their terms the part's share, at half vectors `half` ..< `half + halves`. Few positions give few
// chains of sums, and rows go side by side.
INLINE void singleRows(const clanes_place_product *a, span s, int32_t half, int halves) {
  int32_t row = s.row;
  const int height = halves > 6 ? 1 : halves <= 3 && LANES_IN_REGISTER == 16 ? 4 : halves <= 4 || LANES_IN_REGISTER == 16 ? 2 : 1;
  for (; row + height <= s.rowEnd; row += height) singleTile(a, row, height, half, halves);
  for (; row < s.rowEnd; row++) singleTile(a, row, 1, half, halves);
}

// Rows of about as many terms for each part.
INLINE int32_t rowOfShare(const clanes_place_product *a, int32_t part, int32_t parts) {
  int64_t all = (int64_t)a->start[a->rows] + a->rows;
  int32_t low = 0, high = a->rows;
  while (low < high) {
    int32_t middle = (low + high) / 2;
    if ((int64_t)a->start[middle] + middle < all * part / parts) low = middle + 1;
    else high = middle;
  }
  return low;
}

// A tile of positions for all rows, so that its inputs stay in the first caches. Parts share tiles where they are many, else
// rows.
static void placeProduct(const void *arguments, int32_t part, int32_t parts) {
  const clanes_place_product *a = arguments;
  const int tile = 2 * (widePositions < singleWidth ? widePositions : singleWidth);
  int32_t tiles = (a->halves + tile - 1) / tile;
  bool byTiles = tiles % parts == 0 || tiles >= 8 * parts;
  span s = {0, a->rows, 0, a->halves};
  if (byTiles) {
    s.position = tile * share(tiles, part, parts);
    s.positionEnd = tile * share(tiles, part + 1, parts);
    if (s.positionEnd > a->halves) s.positionEnd = a->halves;
  } else {
    s.row = rowOfShare(a, part, parts);
    s.rowEnd = rowOfShare(a, part + 1, parts);
  }
  int32_t half = s.position;
  while (half < s.positionEnd) {
    int32_t left = s.positionEnd - half, halves = left;
    switch (left) {
#define TILE(n) case n: singleRows(a, s, half, n); break;
      TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8) TILE(9) TILE(10)
#undef TILE
      default:
        halves = left < tile ? 10 : tile;
        if (halves == 10) singleRows(a, s, half, 10);
        else singleRows(a, s, half, tile);
    }
    half += halves;
  }
}

// window[index] for each lane, indices below 32. Tests of bits also build the tiles of AVX-512 for AVX2.
INLINE v16 lookUp32(const float *window, b16 index) {
#if LANES_IN_REGISTER == 16 && !defined(KERNEL_BITS_TILES)
  return __builtin_ia32_vpermi2varps512(load16u(window), __builtin_convertvector(index, i16), load16u(window + 16));
#elif LANES_IN_REGISTER == 8
  typedef int32_t i8v __attribute__((ext_vector_type(8), aligned(32)));
  i16 wide = __builtin_convertvector(index, i16);
  v16 result;
  UNROLL for (int half = 0; half < 2; half++) {
    i8v at = half ? wide.hi : wide.lo, upper = at & 8, last = at & 16;
    v8 found[4];
    UNROLL for (int i = 0; i < 4; i++)
      found[i] = __builtin_ia32_permvarsf256(*(const v8u *)(window + 8 * i), at);
    v8 low = upper != 0 ? found[1] : found[0], high = upper != 0 ? found[3] : found[2];
    v8 value = last != 0 ? high : low;
    if (half) result.hi = value;
    else result.lo = value;
  }
  return result;
#else
  v16 result;
  UNROLL for (int i = 0; i < 16; i++) result[i] = window[index[i]];
  return result;
#endif
}

static void outputProduct(const void *arguments, int32_t part, int32_t parts) {
  const clanes_output_product *a = arguments;
  const int groups = clanesOutputGroups;
  for (int32_t b = share(a->blocks, part, parts); b < share(a->blocks, part + 1, parts); b++) {
    v16 sum[clanesOutputGroups];
    UNROLL for (int g = 0; g < groups; g++) {
      int64_t at = 16 * ((int64_t)b * groups + g);
      sum[g] = a->addend ? load16(a->bias + at) + load16(a->addend + at) : load16(a->bias + at);
    }
    for (int32_t s = a->start[b]; s < a->start[b + 1]; s++) {
      const float *window = a->x + a->window[s];
      UNROLL for (int g = 0; g < groups; g++) {
        int64_t at = 16 * ((int64_t)s * groups + g);
        sum[g] = fma16(load16(a->weight + at), lookUp32(window, *(const b16 *)(a->lane + at)), sum[g]);
      }
    }
    UNROLL for (int g = 0; g < groups; g++) {
      v16 value = a->relu ? max16(sum[g], (v16)(0.0f)) : sum[g];
      store16(a->y + 16 * ((int64_t)b * groups + g), value);
    }
  }
}

// Eight maxima of windows of 2x2.
INLINE void poolPairs(const float *x, int32_t pitch, float *y) {
  v16 value = max16(load16u(x), load16u(x + pitch));
  v8 even = __builtin_shufflevector(value, value, 0, 2, 4, 6, 8, 10, 12, 14);
  v8 odd = __builtin_shufflevector(value, value, 1, 3, 5, 7, 9, 11, 13, 15);
  *(v8u *)y = even > odd ? even : odd;
}

static void placePool(const void *arguments, int32_t part, int32_t parts) {
  const clanes_place_pool *a = arguments;
  bool inPairs = a->maximum && a->height == 2 && a->width == 2 && a->stride == 2;
  for (int32_t c = share(a->channels, part, parts); c < share(a->channels, part + 1, parts); c++)
    for (int32_t r = 0; r < a->rows; r++) {
      const float *row = a->x + (int64_t)c * a->xChannel + (int64_t)r * a->stride * a->xPitch;
      float *y = a->y + (int64_t)c * a->yChannel + (int64_t)r * a->yPitch;
      int32_t k = 0;
      if (inPairs) for (; k + 8 <= a->columns; k += 8) poolPairs(row + 2 * k, a->xPitch, y + k);
      for (; k < a->columns; k++) {
        const float *x = row + k * a->stride;
        float value = x[0];
        for (int32_t i = 1; i < a->height * a->width; i++) {
          float next = x[(int64_t)(i / a->width) * a->xPitch + i % a->width];
          value = a->maximum ? (next > value ? next : value) : value + next;
        }
        y[k] = a->maximum ? value : value * (1.0f / (float)(a->height * a->width));
      }
    }
}

static void placeInput(const void *arguments, int32_t part, int32_t parts) {
  const clanes_place_input *a = arguments;
  int64_t size = (int64_t)a->rows * a->columns, first = a->step->indices[0] * size * a->channels;
  for (int32_t c = share(a->channels, part, parts); c < share(a->channels, part + 1, parts); c++)
    for (int32_t r = 0; r < a->rows; r++) {
      float *y = a->y + (int64_t)c * a->yChannel + (int64_t)r * a->yPitch;
      int64_t at = first + c * size + (int64_t)r * a->columns;
      for (int32_t k = 0; k < a->columns; k++)
        y[k] = __builtin_fmaf(a->bytes ? (float)a->bytes[at + k] : a->floats[at + k], a->multiplier[c], a->shift[c]);
    }
}
