// Gradients of weights and biases. Included once per CPU level, after vector.h.
//
// Per lane one chain of fused multiply-adds over the positions in order, then the fixed tree over the sixteen lanes.

enum { gradientChunk = 128 };

// Reduces `count` folded sums, at most gradientChunk, and keeps them as gradients first ..< first + count. What lies behind
// them up to a multiple of eight is read and dropped.
INLINE void keepFolded(const clanes_gradient_target *to, int64_t first, int32_t count, const float *folded) {
  float sums[gradientChunk] __attribute__((aligned(64)));
  for (int32_t k = 0; k < count; k += 8) *(v8 *)(sums + k) = sumFolded8(folded + 8 * k);
  keepGradients(to, first, count, sums);
}

// Gradients of the biases of some rows: sixteen rows share a reduction.
static void biasGradients(const clanes_gradient *g, int32_t row, int32_t rowEnd) {
  if (!g->hasBias) return;
  for (; row < rowEnd; row += 16) {
    float folded[16 * 8] __attribute__((aligned(64)));
    int32_t count = rowEnd - row < 16 ? rowEnd - row : 16;
    for (int32_t j = 0; j < 16; j++) {
      v16 sum = (v16)(0.0f);
      if (j < count)
        for (int32_t p = 0; p < g->positions; p++)
          sum = sum + load16(g->dy + (row + j) * g->rowStride + g->dyPosition[p]);
      *(v8 *)(folded + 8 * j) = foldLanes(sum);
    }
    keepFolded(&g->biases, row, count, folded);
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
  // Without sums that wait in memory: the usual batches.
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
        keepFolded(&a->out.weights, first, pending, pack.folded);
        first = t;
        pending = 0;
      }
    }
  }
  if (pending) keepFolded(&a->out.weights, first, pending, pack.folded);
}

// Many positions: they are walked once a block of inputs, so that the inputs of a tile of positions serve all rows from
// the first cache; the sums of all terms wait in scratch from one tile to the next.
INLINE void sparseGradientLanes(const clanes_sparse_gradient *a, const int32_t *start, int32_t row, int32_t rowEnd,
                                int32_t position, int width, bool contiguous, float *lanes) {
  const clanes_gradient *g = &a->out;
  bool first = position == 0;
  for (; row < rowEnd; row++) {
    int32_t t = start[row], end = start[row + 1];
    if (t == end) continue;
    sparseGradientTile(a, g->dy + row * g->rowStride, t, end, position, width, contiguous, first, false,
                       lanes + 16 * (int64_t)(t - start[0]), lanes);
  }
}

// Reduces `count` whole sums and keeps them as gradients from `first` on.
static void keepLanes(const clanes_gradient_target *to, int64_t first, int64_t count, const float *lanes) {
  float folded[gradientChunk * 8] __attribute__((aligned(64)));
  for (int64_t k = 0; k < count; k += gradientChunk) {
    int32_t n = count - k < gradientChunk ? (int32_t)(count - k) : gradientChunk;
    for (int32_t i = 0; i < n; i++) *(v8 *)(folded + 8 * i) = foldLanes(load16(lanes + 16 * (k + i)));
    keepFolded(to, first + k, n, folded);
  }
}

static void sparseGradientByPositions(const clanes_sparse_gradient *a, int32_t block, int32_t row, int32_t rowEnd) {
  enum { width = gradientPositions };
  const int32_t *start = a->start + (int64_t)block * a->out.rows, *at = a->out.xPosition;
  int32_t p = 0, count = a->out.positions;
  for (; p + width <= count; p += width) {
    if (follows(at, p, width)) sparseGradientLanes(a, start, row, rowEnd, p, width, true, a->lanes);
    else sparseGradientLanes(a, start, row, rowEnd, p, width, false, a->lanes);
  }
  for (; p < count; p++) sparseGradientLanes(a, start, row, rowEnd, p, 1, true, a->lanes);
  keepLanes(&a->out.weights, start[row], start[rowEnd] - start[row], a->lanes + 16 * (int64_t)(start[row] - start[0]));
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

static void sparseGradient(const void *arguments, int32_t part, int32_t parts) {
  clanes_sparse_gradient a = *(const clanes_sparse_gradient *)arguments;
  a.out.x += part * a.out.xPartStride;
  int32_t rows = a.out.rows;
  for (int32_t block = 0; block < a.blocks; block++) {
    const int32_t *start = a.start + (int64_t)block * rows;
    int32_t first = balancedRow(start, rows, part, parts), last = balancedRow(start, rows, part + 1, parts);
    if (a.lanes && a.out.positions > clanesGradientPositions) sparseGradientByPositions(&a, block, first, last);
    else sparseGradientSpan(&a, block, first, last);
  }
  biasGradients(&a.out, share(rows, part, parts), share(rows, part + 1, parts));
}
