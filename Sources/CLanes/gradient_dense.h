// Gradients of dense weights. Included once per CPU level, after gradient.h.
//
// The same order of summation as the sparse kernels: per lane over the positions, then the tree over the lanes.

// MARK: many positions
//
// A block of terms at a time: its inputs at some positions of a chain serve all rows from the first cache; the sums of all
// rows wait in scratch from one stretch of positions to the next.

// Terms term ..< termEnd at positions position ..< positionEnd, which begin or end a chain or not.
typedef struct {
  int32_t term, termEnd, position, positionEnd;
  bool first, last, add;
} gradientBlock;

// Sums of `height` rows times `width` terms, kept in lanes, `stride` floats from row to row, or at last folded, eight
// vectors from row to row.
INLINE void laneTile(const clanes_gradient *g, const gradientBlock *b, const int32_t *offset, int32_t row, int height,
                     int width, float *lanes, int64_t stride, float *folded) {
  UNROLL for (int h = 0; h < parts16; h++) {
    const float *dy[gradientRows], *x[gradientTerms];
    UNROLL for (int j = 0; j < height; j++) dy[j] = g->dy + (row + j) * g->rowStride + h * partLanes;
    UNROLL for (int i = 0; i < width; i++) x[i] = g->x + offset[i] + h * partLanes;
    vp sum[gradientRows][gradientTerms];
    float *lane = lanes + h * partLanes;
    UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++)
      sum[j][i] = b->first ? (vp)(0.0f) : loadPart(lane + j * stride + 16 * i);
    for (int32_t p = b->position; p < b->positionEnd; p++) {
      int64_t xAt = g->xPosition[p], dyAt = g->dyPosition[p];
      vp d[gradientRows];
      UNROLL for (int j = 0; j < height; j++) d[j] = loadPart(dy[j] + dyAt);
      UNROLL for (int i = 0; i < width; i++) {
        vp input = loadPart(x[i] + xAt);
        UNROLL for (int j = 0; j < height; j++) sum[j][i] = fmaPart(d[j], input, sum[j][i]);
      }
    }
    UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++)
      keepPart(sum[j][i], h, b->last, lanes + j * stride + 16 * i, folded + (8 * j + i) * 8);
  }
}

INLINE void laneRows(const clanes_dense_gradient *a, const gradientBlock *b, int32_t row, int height, float *lanes) {
  float folded[gradientRows * 8 * 8] __attribute__((aligned(64)));
  int64_t stride = 16 * (int64_t)a->laneTerms;
  int32_t count = b->termEnd - b->term, i = 0;
  const int32_t *offset = a->offset + b->term;
  for (; i + gradientTerms <= count; i += gradientTerms)
    laneTile(&a->out, b, offset + i, row, height, gradientTerms, lanes + 16 * i, stride, folded + 8 * i);
  for (; i < count; i++) laneTile(&a->out, b, offset + i, row, height, 1, lanes + 16 * i, stride, folded + 8 * i);
  if (!b->last) return;
  UNROLL for (int j = 0; j < height; j++)
    reduceFolded(folded + 64 * j, count, b->add, a->out.gradient + (int64_t)(row + j) * a->terms + b->term);
}

// At most eight terms.
static void laneBlock(const clanes_dense_gradient *a, const gradientBlock *b, int32_t row, int32_t rowEnd, float *lanes) {
  int64_t stride = 16 * (int64_t)a->laneTerms;
  for (; row + gradientRows <= rowEnd; row += gradientRows) laneRows(a, b, row, gradientRows, lanes + row * stride);
  for (; row < rowEnd; row++) laneRows(a, b, row, 1, lanes + row * stride);
}

static void laneChain(const clanes_dense_gradient *a, gradientBlock b, int32_t row, int32_t rowEnd) {
  int32_t end = chainEnd(&a->out, b.position), term = b.term, termEnd = b.termEnd;
  for (b.first = true; b.position < end; b.position = b.positionEnd, b.first = false) {
    b.positionEnd = end - b.position < clanesGradientPositions ? end : b.position + clanesGradientPositions;
    b.last = b.positionEnd == end;
    for (b.term = term; b.term < termEnd; b.term = b.termEnd) {
      b.termEnd = termEnd - b.term < 8 ? termEnd : b.term + 8;
      laneBlock(a, &b, row, rowEnd, a->lanes + 16 * (b.term - term));
    }
  }
}

static void denseGradientInLanes(const clanes_dense_gradient *a, int32_t row, int32_t rowEnd) {
  const clanes_gradient *g = &a->out;
  for (int32_t p = 0; p < g->positions; p = chainEnd(g, p))
    for (int32_t t = 0; t < a->terms; t += a->laneTerms) {
      gradientBlock b = {.term = t, .termEnd = a->terms - t < a->laneTerms ? a->terms : t + a->laneTerms};
      b.position = p;
      b.add = g->accumulate || p > 0;
      laneChain(a, b, row, rowEnd);
    }
}

// MARK: few positions
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

// Sums of sixteen terms of `height` rows, left at the bottom of the stack.
INLINE void transposedTile(const float *x, const float *dy, int32_t positions, int height, float *stack) {
  int32_t top = 0;
  for (int32_t n = 0; n < 16; n++) {
    v16 sum[transposedRows];
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

// Up to sixteen gradients from `first` on.
INLINE void keepTransposed(const clanes_gradient *g, int64_t first, int32_t count, const float *sums) {
  float *out = g->gradient ? g->gradient + first : NULL;
  if (g->update) takeSteps(g->update, first, count, sums);
  else if (g->accumulate) for (int32_t i = 0; i < count; i++) out[i] = out[i] + sums[i];
  else storeSome(out, count, load16(sums));
}

INLINE int32_t transposedPanel(const clanes_dense_gradient *a, transposedPack *pack, int32_t row, int height,
                               int32_t term, int32_t end) {
  const clanes_gradient *g = &a->out;
  const float *x = pack->x;
  transposeOutputs(g, row, height, pack->dy);
  for (; term < end; term += 16, x += 256 * g->positions) {
    if (g->positions == 8) transposedTile(x, pack->dy, 8, height, pack->stack);
    else if (g->positions == 4) transposedTile(x, pack->dy, 4, height, pack->stack);
    else transposedTile(x, pack->dy, g->positions, height, pack->stack);
    for (int32_t j = 0; j < height; j++)
      keepTransposed(g, (int64_t)(row + j) * a->terms + term, end - term < 16 ? end - term : 16, pack->stack + 16 * j);
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
  clanes_dense_gradient a = *(const clanes_dense_gradient *)arguments;
  a.out.x += part * a.out.xPartStride;
  int32_t first = share(a.out.rows, part, parts), last = share(a.out.rows, part + 1, parts);
  biasGradients(&a.out, first, last);
  if (a.lanes) denseGradientInLanes(&a, first, last);
  else denseGradientTransposed(&a, first, last);
}
