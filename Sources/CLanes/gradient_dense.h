// Gradients of dense weights. Included once per CPU level, after gradient.h.
//
// The same order of summation as the sparse kernels: per lane over the positions, then the tree over the lanes.

// MARK: dense

// The inputs of one block as [term / gradientTerms][position][term % gradientTerms][16], and the partial sums of a tile.
typedef struct {
  float x[clanesGradientPanel] __attribute__((aligned(64)));
  float lanes[gradientRows * 8 * 16] __attribute__((aligned(64)));
  float folded[gradientRows * 8 * 8] __attribute__((aligned(64)));
} gradientPack;

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

// Sums of `height` rows times `width` terms over the positions, into lanes[row][8][16] at column `column`, and after the
// last position into folded[row][8][8].
INLINE void denseGradientTile(const float *x, const clanes_gradient *g, int32_t row, int32_t from, int32_t end,
                              int height, int width, int column, gradientPack *pack) {
  const float *dy[gradientRows];
  bool last = end == g->positions;
  UNROLL for (int j = 0; j < height; j++) dy[j] = g->dy + (row + j) * g->rowStride;
  UNROLL for (int h = 0; h < parts16; h++) {
    vp sum[gradientRows][gradientTerms];
    UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++)
      sum[j][i] = from == 0 ? (vp)(0.0f) : loadPart(pack->lanes + (j * 8 + column + i) * 16 + h * partLanes);
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
      keepPart(sum[j][i], h, last, pack->lanes + (j * 8 + column + i) * 16, pack->folded + (j * 8 + column + i) * 8);
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
      denseGradientTile(x, g, row, b.position, b.positionEnd, height, gradientTerms, column, pack);
    for (; column < count; column++, x += 16 * positions)
      denseGradientTile(x, g, row, b.position, b.positionEnd, height, 1, column, pack);
    if (b.positionEnd < g->positions) continue;
    UNROLL for (int j = 0; j < height; j++)
      reduceFolded(pack->folded + j * 64, count, g->gradient + (int64_t)(row + j) * a->terms + term);
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

static void denseGradientByPositions(const clanes_dense_gradient *a, int32_t first, int32_t last) {
  gradientPack pack;
  denseGradientInChunks(a, &pack, first, last);
}

// MARK: dense, many positions with scratch
//
// A block of terms at a time: its inputs at a chunk of positions are packed once and serve all rows; the sums of all rows
// wait in scratch from one chunk to the next.

INLINE void laneTile(const float *x, const clanes_gradient *g, int32_t row, int32_t from, int32_t end, int height,
                     int width, float *lanes, int64_t laneStride) {
  const float *dy[gradientRows];
  UNROLL for (int j = 0; j < height; j++) dy[j] = g->dy + (row + j) * g->rowStride;
  UNROLL for (int h = 0; h < parts16; h++) {
    vp sum[gradientRows][gradientTerms];
    float *lane = lanes + h * partLanes;
    UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++)
      sum[j][i] = from == 0 ? (vp)(0.0f) : loadPart(lane + j * laneStride + 16 * i);
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
      storePart(lane + j * laneStride + 16 * i, sum[j][i]);
  }
}

INLINE void laneRows(const clanes_dense_gradient *a, gradientBlock b, const float *panel, int32_t row, int height,
                     float *lanes) {
  int64_t stride = 16 * (int64_t)a->laneTerms;
  int32_t positions = b.positionEnd - b.position, t = b.term;
  for (; t + gradientTerms <= b.termEnd; t += gradientTerms, lanes += 16 * gradientTerms) {
    laneTile(panel, &a->out, row, b.position, b.positionEnd, height, gradientTerms, lanes, stride);
    panel += 16 * gradientTerms * positions;
  }
  for (; t < b.termEnd; t++, lanes += 16, panel += 16 * positions)
    laneTile(panel, &a->out, row, b.position, b.positionEnd, height, 1, lanes, stride);
}

// Eight terms at a chunk of positions.
static void laneChunk(const clanes_dense_gradient *a, gradientBlock b, int32_t term, int32_t row, int32_t last) {
  float panel[clanesGradientPanel] __attribute__((aligned(64)));
  packGradientInputs(a, b, panel);
  float *lanes = a->lanes + 16 * (b.term - term);
  int64_t stride = 16 * (int64_t)a->laneTerms;
  for (; row + gradientRows <= last; row += gradientRows) laneRows(a, b, panel, row, gradientRows, lanes + row * stride);
  for (; row < last; row++) laneRows(a, b, panel, row, 1, lanes + row * stride);
}

static void denseGradientInLanes(const clanes_dense_gradient *a, int32_t first, int32_t last) {
  int32_t positions = a->out.positions;
  for (int32_t term = 0; term < a->terms; term += a->laneTerms) {
    int32_t end = a->terms - term < a->laneTerms ? a->terms : term + a->laneTerms;
    for (int32_t p = 0; p < positions; p += clanesGradientPositions) {
      int32_t pEnd = positions - p < clanesGradientPositions ? positions : p + clanesGradientPositions;
      for (int32_t t = term; t < end; t += 8)
        laneChunk(a, (gradientBlock){t, end - t < 8 ? end : t + 8, p, pEnd}, term, first, last);
    }
    for (int32_t row = first; row < last; row++)
      reduceLanes(a->lanes + row * 16 * (int64_t)a->laneTerms, end - term, a->out.gradient + (int64_t)row * a->terms + term);
  }
}

// MARK: dense, few positions
//
// With few positions the tree over the lanes would cost more than the sums. So the operands are transposed: sixteen terms
// lie side by side, every sample lane is a chain of its own, and the tree is added up chain by chain, without shuffling.

typedef struct {
  float x[clanesTransposedInputs] __attribute__((aligned(64)));                              // [term / 16][lane][position][16]
  float dy[16 * clanesGradientPositions * transposedRows] __attribute__((aligned(64)));      // [lane][position][row]
  float stack[5 * transposedRows * 16] __attribute__((aligned(64)));
} transposedPack;

// The order in which lanes are visited: bit reversal, so that sums of the tree's pairs come up one after the other.
static const uint8_t laneOrder[16] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};

static void transposeInputs(const clanes_dense_gradient *a, int32_t term, int32_t end, float *panel) {
  const clanes_gradient *g = &a->out;
  for (; term < end; term += 16) {
    for (int32_t p = 0; p < g->positions; p++) {
      v16 r[16];
      UNROLL for (int i = 0; i < 16; i++)
        r[i] = term + i < end ? load16(g->x + a->offset[term + i] + g->xPosition[p]) : (v16)(0.0f);
      transpose16(r);
      UNROLL for (int n = 0; n < 16; n++) store16(panel + (n * g->positions + p) * 16, r[laneOrder[n]]);
    }
    panel += 256 * g->positions;
  }
}

INLINE void transposeOutputs(const clanes_gradient *g, int32_t row, int height, float *panel) {
  for (int32_t n = 0; n < 16; n++)
    for (int32_t p = 0; p < g->positions; p++, panel += height)
      UNROLL for (int j = 0; j < height; j++)
        panel[j] = g->dy[(row + j) * g->rowStride + g->dyPosition[p] + laneOrder[n]];
}

// Sixteen terms of `height` rows.
INLINE void transposedTile(const float *x, const float *dy, int32_t positions, int height, float *stack, v16 *sum) {
  int32_t top = 0;
  for (int32_t n = 0; n < 16; n++) {
    UNROLL for (int j = 0; j < height; j++) sum[j] = (v16)(0.0f);
    for (int32_t p = 0; p < positions; p++, x += 16, dy += height) {
      v16 input = load16(x);
      UNROLL for (int j = 0; j < height; j++) sum[j] = fma16(splat16(dy[j]), input, sum[j]);
    }
    for (int32_t m = n; m & 1; m >>= 1) {
      top--;
      UNROLL for (int j = 0; j < height; j++) sum[j] = load16(stack + (top * height + j) * 16) + sum[j];
    }
    UNROLL for (int j = 0; j < height; j++) store16(stack + (top * height + j) * 16, sum[j]);
    top++;
  }
}

INLINE int32_t transposedPanel(const clanes_dense_gradient *a, transposedPack *pack, int32_t row, int height,
                               int32_t term, int32_t end) {
  const clanes_gradient *g = &a->out;
  const float *x = pack->x;
  transposeOutputs(g, row, height, pack->dy);
  for (; term < end; term += 16, x += 256 * g->positions) {
    v16 sum[transposedRows];
    if (g->positions == 8) transposedTile(x, pack->dy, 8, height, pack->stack, sum);
    else if (g->positions == 4) transposedTile(x, pack->dy, 4, height, pack->stack, sum);
    else transposedTile(x, pack->dy, g->positions, height, pack->stack, sum);
    UNROLL for (int j = 0; j < height; j++) {
      float *out = g->gradient + (int64_t)(row + j) * a->terms + term;
      if (end - term >= 16) *(f16u *)out = sum[j];
      else for (int32_t i = 0; i < end - term; i++) out[i] = pack->stack[j * 16 + i];
    }
  }
  return row + height;
}

static void denseGradientTransposed(const clanes_dense_gradient *a, int32_t first, int32_t last) {
  transposedPack pack;
  int32_t block = clanesTransposedInputs / 256 / a->out.positions * 16;
  for (int32_t term = 0; term < a->terms; term += block) {
    int32_t end = a->terms - term < block ? a->terms : term + block, row = first;
    transposeInputs(a, term, end, pack.x);
    while (row + transposedRows <= last) row = transposedPanel(a, &pack, row, transposedRows, term, end);
    while (row + 2 <= last) row = transposedPanel(a, &pack, row, 2, term, end);
    while (row < last) row = transposedPanel(a, &pack, row, 1, term, end);
  }
}

static void denseGradient(const void *arguments, int32_t part, int32_t parts) {
  const clanes_dense_gradient *a = arguments;
  int32_t first = share(a->out.rows, part, parts), last = share(a->out.rows, part + 1, parts);
  biasGradients(&a->out, first, last);
  if (a->out.positions > clanesGradientPositions && a->lanes) denseGradientInLanes(a, first, last);
  else if (a->out.positions > clanesGradientPositions) denseGradientByPositions(a, first, last);
  else denseGradientTransposed(a, first, last);
}
