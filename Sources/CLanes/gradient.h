// Gradients of weights and biases. Included once per CPU level, after vector.h.
//
// Per lane one chain of fused multiply-adds over the positions in order, then the fixed tree over the sixteen lanes.

enum { gradientChunk = 128 };

// biasGradient[r] for rows of this part: eight rows share one reduction.
static void biasGradients(const clanes_gradient *g, int32_t row, int32_t rowEnd) {
  if (!g->biasGradient) return;
  for (; row < rowEnd; row += 8) {
    float lanes[8 * 16] __attribute__((aligned(64)));
    int32_t count = rowEnd - row < 8 ? rowEnd - row : 8;
    for (int32_t j = 0; j < 8; j++) {
      v16 sum = (v16)(0.0f);
      if (j < count)
        for (int32_t p = 0; p < g->positions; p++)
          sum = sum + load16(g->dy + (row + j) * g->rowStride + g->dyPosition[p]);
      store16(lanes + 16 * j, sum);
    }
    v8 sums = sumLanes8(lanes);
    for (int32_t j = 0; j < count; j++) g->biasGradient[row + j] = sums[j];
  }
}

// MARK: sparse

// Adds `width` positions to the sums of terms t ..< end of one row; `lanes` holds their sixteen partial sums.
//
// `run` positions follow each other in memory: 1 means that every position has a pointer of its own.
INLINE void sparseGradientTile(const clanes_sparse_gradient *a, const float *dy, int32_t t, int32_t end,
                               int32_t position, int width, int run, float *lanes) {
  const clanes_gradient *g = &a->out;
  const float *x[gradientPositions];
  UNROLL for (int i = 0; i < width; i++) x[i] = g->x + g->xPosition[position + i];
  bool first = position == 0;
  UNROLL for (int h = 0; h < parts16; h++) {
    vp d[gradientPositions];
    UNROLL for (int i = 0; i < width; i++) d[i] = loadPart(dy + g->dyPosition[position + i] + h * partLanes);
    for (int32_t k = t; k < end; k++) {
      int64_t offset = a->offset[k] + h * partLanes;
      float *lane = lanes + (k - t) * 16 + h * partLanes;
      vp sum = first ? (vp)(0.0f) : loadPart(lane);
      UNROLL for (int i = 0; i < width; i++)
        sum = fmaPart(d[i], loadPart(x[i / run * run] + 16 * (i % run) + offset), sum);
      storePart(lane, sum);
    }
  }
}

INLINE bool runsOfFour(const int32_t *positions, int32_t position, int width) {
  bool all = true;
  for (int i = 0; i < width; i += 4) all &= positions[position + i + 3] - positions[position + i] == 48;
  return all;
}

INLINE void sparseGradientRow(const clanes_sparse_gradient *a, const float *dy, int32_t t, int32_t end, float *lanes) {
  const clanes_gradient *g = &a->out;
  int32_t p = 0;
  for (; p + gradientPositions <= g->positions; p += gradientPositions) {
    if (runsOfFour(g->xPosition, p, gradientPositions))
      sparseGradientTile(a, dy, t, end, p, gradientPositions, 4, lanes);
    else sparseGradientTile(a, dy, t, end, p, gradientPositions, 1, lanes);
  }
  for (; p + 4 <= g->positions; p += 4) sparseGradientTile(a, dy, t, end, p, 4, 1, lanes);
  for (; p < g->positions; p++) sparseGradientTile(a, dy, t, end, p, 1, 1, lanes);
}

// Reduces `count` pending sums into gradient[0 ..< count]; lanes beyond count are whatever was there.
INLINE void reducePending(float *lanes, int32_t count, float *gradient) {
  int32_t k = 0;
  for (; k + 8 <= count; k += 8) *(v8u *)(gradient + k) = sumLanes8(lanes + 16 * k);
  if (k == count) return;
  v8 sums = sumLanes8(lanes + 16 * k);
  for (int32_t i = 0; k + i < count; i++) gradient[k + i] = sums[i];
}

static void sparseGradientSpan(const clanes_sparse_gradient *a, int32_t block, int32_t row, int32_t rowEnd) {
  float lanes[gradientChunk * 16] __attribute__((aligned(64)));
  const int32_t *start = a->start + (int64_t)block * a->out.rows;
  int32_t pending = 0, first = start[row];
  for (; row < rowEnd; row++) {
    const float *dy = a->out.dy + row * a->out.rowStride;
    for (int32_t t = start[row]; t < start[row + 1];) {
      int32_t space = gradientChunk - pending, end = start[row + 1] - t < space ? start[row + 1] : t + space;
      sparseGradientRow(a, dy, t, end, lanes + 16 * pending);
      pending += end - t;
      t = end;
      if (pending == gradientChunk) {
        reducePending(lanes, pending, a->out.gradient + first);
        first = t;
        pending = 0;
      }
    }
  }
  if (pending) reducePending(lanes, pending, a->out.gradient + first);
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
  const clanes_sparse_gradient *a = arguments;
  int32_t rows = a->out.rows;
  for (int32_t block = 0; block < a->blocks; block++) {
    const int32_t *start = a->start + (int64_t)block * rows;
    sparseGradientSpan(a, block, balancedRow(start, rows, part, parts), balancedRow(start, rows, part + 1, parts));
  }
  biasGradients(&a->out, share(rows, part, parts), share(rows, part + 1, parts));
}

// MARK: dense

// The inputs of one block as [term / gradientTerms][position][term % gradientTerms][16], and the partial sums of a tile.
typedef struct {
  float x[clanesGradientPanel] __attribute__((aligned(64)));
  float lanes[gradientRows * 8 * 16] __attribute__((aligned(64)));
} gradientPack;

// Sums of `height` rows times `width` terms over the positions, into lanes[row][8][16] at column `column`.
INLINE void denseGradientTile(const float *x, const clanes_gradient *g, int32_t row, int32_t from, int32_t end,
                              int height, int width, int column, float *lanes) {
  const float *dy[gradientRows];
  UNROLL for (int j = 0; j < height; j++) dy[j] = g->dy + (row + j) * g->rowStride;
  UNROLL for (int h = 0; h < parts16; h++) {
    vp sum[gradientRows][gradientTerms];
    float *lane = lanes + column * 16 + h * partLanes;
    UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++)
      sum[j][i] = from == 0 ? (vp)(0.0f) : loadPart(lane + (j * 8 + i) * 16);
    const float *xp = x + h * partLanes;
    for (int32_t p = from; p < end; p++, xp += 16 * width) {
      int64_t at = g->dyPosition[p] + h * partLanes;
      vp d[gradientRows];
      UNROLL for (int j = 0; j < height; j++) d[j] = loadPart(dy[j] + at);
      UNROLL for (int i = 0; i < width; i++) {
        vp input = loadPart(xp + 16 * i);
        UNROLL for (int j = 0; j < height; j++) sum[j][i] = fmaPart(d[j], input, sum[j][i]);
      }
    }
    UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++)
      storePart(lane + (j * 8 + i) * 16, sum[j][i]);
  }
}

// A block: terms first ..< end at positions p ..< pEnd, packed once and used by all rows.
typedef struct {
  int32_t term, termEnd, position, positionEnd;
} gradientBlock;

static void packGradientInputs(const clanes_dense_gradient *a, gradientBlock b, float *panel) {
  const clanes_gradient *g = &a->out;
  for (int32_t t = b.term; t < b.termEnd;) {
    int32_t width = b.termEnd - t >= gradientTerms ? gradientTerms : 1;
    for (int32_t i = 0; i < width; i++)
      for (int32_t p = b.position; p < b.positionEnd; p++)
        store16(panel + ((p - b.position) * width + i) * 16, load16(g->x + a->offset[t + i] + g->xPosition[p]));
    panel += 16 * width * (b.positionEnd - b.position);
    t += width;
  }
}

INLINE void denseGradientRows(const clanes_dense_gradient *a, gradientBlock b, gradientPack *pack, int32_t row,
                              int height) {
  const clanes_gradient *g = &a->out;
  int32_t positions = b.positionEnd - b.position;
  const float *x = pack->x;
  for (int32_t term = b.term; term < b.termEnd; term += 8) {
    int32_t count = b.termEnd - term < 8 ? b.termEnd - term : 8;
    int column = 0;
    for (; column + gradientTerms <= count; column += gradientTerms, x += gradientTerms * 16 * positions)
      denseGradientTile(x, g, row, b.position, b.positionEnd, height, gradientTerms, column, pack->lanes);
    for (; column < count; column++, x += 16 * positions)
      denseGradientTile(x, g, row, b.position, b.positionEnd, height, 1, column, pack->lanes);
    UNROLL for (int j = 0; j < height; j++)
      reducePending(pack->lanes + j * 128, count, g->gradient + (int64_t)(row + j) * a->terms + term);
  }
}

// Batches whose positions do not fit into the panel: eight terms at a time, whose partial sums wait in the pack from one
// chunk of positions to the next; the order of summation stays the same.
static void denseGradientInChunks(const clanes_dense_gradient *a, gradientPack *pack, int32_t row, int32_t last) {
  int32_t height;
  for (; row < last; row += height) {
    height = row + gradientRows <= last ? gradientRows : 1;
    for (int32_t term = 0; term < a->terms; term += 8) {
      for (int32_t p = 0; p < a->out.positions; p += clanesGradientPositions) {
        int32_t rest = a->out.positions - p, termEnd = a->terms - term < 8 ? a->terms : term + 8;
        gradientBlock b = {term, termEnd, p, p + (rest < clanesGradientPositions ? rest : clanesGradientPositions)};
        packGradientInputs(a, b, pack->x);
        if (height == gradientRows) denseGradientRows(a, b, pack, row, gradientRows);
        else denseGradientRows(a, b, pack, row, 1);
      }
    }
  }
}

static void denseGradient(const void *arguments, int32_t part, int32_t parts) {
  const clanes_dense_gradient *a = arguments;
  int32_t first = share(a->out.rows, part, parts), last = share(a->out.rows, part + 1, parts);
  biasGradients(&a->out, first, last);
  gradientPack pack;
  if (a->out.positions > clanesGradientPositions) {
    denseGradientInChunks(a, &pack, first, last);
    return;
  }
  int32_t block = clanesGradientPanel / 16 / a->out.positions / 8 * 8;
  for (int32_t term = 0; term < a->terms; term += block) {
    gradientBlock b = {term, a->terms - term < block ? a->terms : term + block, 0, a->out.positions};
    packGradientInputs(a, b, pack.x);
    int32_t row = first;
    for (; row + gradientRows <= last; row += gradientRows) denseGradientRows(a, b, &pack, row, gradientRows);
    for (; row < last; row++) denseGradientRows(a, b, &pack, row, 1);
  }
}
