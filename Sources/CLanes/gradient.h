// Gradients of weights and biases. Included once per CPU level, after vector.h.
//
// Per lane one chain of fused multiply-adds over the positions in order, then the fixed tree over the sixteen lanes; the
// results of several chains are added in order.

enum { gradientChunk = 128 };

// Reduces `count` folded sums into gradient[0 ..< count], or adds them to it; vectors beyond count are whatever was there.
INLINE void reduceFolded(const float *folded, int32_t count, bool add, float *gradient) {
  int32_t k = 0;
  for (; k + 8 <= count; k += 8) {
    v8 sums = sumFolded8(folded + 8 * k);
    *(v8u *)(gradient + k) = add ? *(const v8u *)(gradient + k) + sums : sums;
  }
  if (k == count) return;
  v8 sums = sumFolded8(folded + 8 * k);
  for (int32_t i = 0; k + i < count; i++) gradient[k + i] = add ? gradient[k + i] + sums[i] : sums[i];
}

// Reduces `count` folded sums, at most gradientChunk, to the gradients first ..< first + count, or to steps with them.
INLINE void keepFolded(const clanes_update *update, float *gradient, int64_t first, int32_t count, bool add,
                       const float *folded) {
  if (update) {
    float sums[gradientChunk] __attribute__((aligned(64)));
    reduceFolded(folded, count, false, sums);
    takeSteps(update, first, count, sums);
  } else {
    reduceFolded(folded, count, add, gradient + first);
  }
}

// Keeps the sums of part h of a vector, or after the last position folds them.
INLINE void keepPart(vp sum, int h, bool last, float *lane, float *folded) {
#if LANES_IN_REGISTER == 16
  if (last) *(v8 *)folded = foldLanes(sum);
  else storePart(lane, sum);
#else
  int at = h * partLanes;
  if (last && at >= 8) storePart(folded + at - 8, loadPart(lane + at - 8) + sum);
  else storePart(lane + at, sum);
#endif
}

// Where the chain ends that begins at a position.
INLINE int32_t chainEnd(const clanes_gradient *g, int32_t position) {
  return g->positions - position < g->chain ? g->positions : position + g->chain;
}

// Folds the sums of dy over the positions of a chain.
INLINE void biasChain(const float *dy, const int32_t *position, int32_t count, float *folded) {
  v16 sum = (v16)(0.0f);
  for (int32_t p = 0; p < count; p++) sum = sum + load16(dy + position[p]);
  *(v8 *)folded = foldLanes(sum);
}

// Gradients of the biases of some rows: sixteen rows share a reduction.
static void biasGradients(const clanes_gradient *g, int32_t row, int32_t rowEnd) {
  if (!g->biasGradient && !g->biasUpdate) return;
  for (; row < rowEnd; row += 16) {
    float folded[16 * 8] __attribute__((aligned(64))) = {0};
    int32_t count = rowEnd - row < 16 ? rowEnd - row : 16;
    for (int32_t p = 0; p < g->positions; p = chainEnd(g, p)) {
      for (int32_t j = 0; j < count; j++)
        biasChain(g->dy + (row + j) * g->rowStride, g->dyPosition + p, chainEnd(g, p) - p, folded + 8 * j);
      keepFolded(g->biasUpdate, g->biasGradient, row, count, g->accumulate || p > 0, folded);
    }
  }
}

// MARK: sparse

// Sums of terms that wait for their reduction: whole vectors between two tiles of positions, folded ones after the last.
typedef struct {
  float lanes[gradientChunk * 16] __attribute__((aligned(64)));
  float folded[gradientChunk * 8] __attribute__((aligned(64)));
} sparsePack;

// Adds `width` positions to the sums of terms t ..< end of one row. dy of the tile stays in registers; x comes from memory
// once. `first` and `last` say whether the tile begins and ends the chain of positions.
INLINE void sparseGradientTile(const clanes_sparse_gradient *a, const float *dy, int32_t t, int32_t end,
                               int32_t position, int width, bool contiguous, bool first, bool last, float *lanes,
                               float *folded) {
  const clanes_gradient *g = &a->out;
  const float *x[gradientPositions];
  vp d[gradientPositions][parts16];
  UNROLL for (int i = 0; i < width; i++) {
    x[i] = g->x + g->xPosition[position + i];
    UNROLL for (int h = 0; h < parts16; h++)
      d[i][h] = loadPart(dy + g->dyPosition[position + i] + h * partLanes);
  }
  for (int32_t k = t; k < end; k++, lanes += 16, folded += 8) {
    int64_t offset = a->offset[k];
    vp sum[parts16];
    UNROLL for (int h = 0; h < parts16; h++) sum[h] = first ? (vp)(0.0f) : loadPart(lanes + h * partLanes);
    UNROLL for (int i = 0; i < width; i++) {
      const float *input = (contiguous ? x[0] + 16 * i : x[i]) + offset;
      UNROLL for (int h = 0; h < parts16; h++) sum[h] = fmaPart(d[i][h], loadPart(input + h * partLanes), sum[h]);
    }
    if (last) *(v8 *)folded = foldParts(sum);
    else UNROLL for (int h = 0; h < parts16; h++) storePart(lanes + h * partLanes, sum[h]);
  }
}

// Positions from `p` on in tiles of `width`, as long as whole tiles remain; returns where it stopped.
INLINE int32_t sparseGradientTiles(const clanes_sparse_gradient *a, const float *dy, int32_t t, int32_t end, int32_t p,
                                   int width, float *lanes, float *folded) {
  const int32_t count = a->out.positions, *at = a->out.xPosition;
  for (; p + width <= count; p += width) {
    bool first = p == 0, last = p + width == count;
    if (follows(at, p, width)) sparseGradientTile(a, dy, t, end, p, width, true, first, last, lanes, folded);
    else sparseGradientTile(a, dy, t, end, p, width, false, first, last, lanes, folded);
  }
  return p;
}

INLINE void sparseGradientRow(const clanes_sparse_gradient *a, const float *dy, int32_t t, int32_t end, float *lanes,
                              float *folded) {
  const int32_t count = a->out.positions;
  // One tile, the usual batch: no sums that wait in memory.
  if (count == gradientPositions && follows(a->out.xPosition, 0, gradientPositions)) {
    sparseGradientTile(a, dy, t, end, 0, gradientPositions, true, true, true, lanes, folded);
    return;
  }
  if (gradientPositions > 4 && count == 4 && follows(a->out.xPosition, 0, 4)) {
    sparseGradientTile(a, dy, t, end, 0, 4, true, true, true, lanes, folded);
    return;
  }
  int32_t p = sparseGradientTiles(a, dy, t, end, 0, gradientPositions, lanes, folded);
  if (gradientPositions > 4) p = sparseGradientTiles(a, dy, t, end, p, 4, lanes, folded);
  sparseGradientTiles(a, dy, t, end, p, 1, lanes, folded);
}

static void sparseGradientSpan(const clanes_sparse_gradient *a, int32_t block, int32_t row, int32_t rowEnd) {
  sparsePack pack;
  const int32_t *start = a->start + (int64_t)block * a->out.rows;
  int32_t pending = 0, first = start[row];
  for (; row < rowEnd; row++) {
    const float *dy = a->out.dy + row * a->out.rowStride;
    for (int32_t t = start[row]; t < start[row + 1];) {
      int32_t space = gradientChunk - pending, end = start[row + 1] - t < space ? start[row + 1] : t + space;
      sparseGradientRow(a, dy, t, end, pack.lanes, pack.folded + 8 * pending);
      pending += end - t;
      t = end;
      if (pending == gradientChunk) {
        keepFolded(a->out.update, a->out.gradient, first, pending, a->out.accumulate, pack.folded);
        first = t;
        pending = 0;
      }
    }
  }
  if (pending) keepFolded(a->out.update, a->out.gradient, first, pending, a->out.accumulate, pack.folded);
}

// The first row of a part, so that parts get about the same number of terms.
INLINE int32_t balancedRow(const int32_t *start, int32_t rows, int32_t part, int32_t parts) {
  if (part == parts) return rows;
  int64_t wanted = start[0] + (int64_t)(start[rows] - start[0]) * part / parts;
  int32_t low = 0, high = rows;
  while (low < high) {
    int32_t middle = (low + high) / 2;
    if (start[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
