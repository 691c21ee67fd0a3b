// Products: forward passes and input gradients. Included once per CPU level, after vector.h.
//
// Each output element is one chain of fused multiply-adds in its own lane: bias and addend first, then the terms in
// order. Tiles of outputs are held in registers over all terms, so that nothing but x is read per multiply-add.

INLINE v16 startOf(const clanes_output *out, int32_t row, int64_t at) {
  v16 bias = (v16)(out->bias ? out->bias[row] : 0.0f);
  return out->addend && !out->norm ? bias + load16(out->addend + at) : bias;
}

INLINE v16 finish(const clanes_output *out, int32_t row, v16 value, int64_t at) {
  if (out->norm) {
    value = follow(out->norm[row], value - (v16)(out->norm[row].mean));
    if (out->addend) value = value + load16(out->addend + at);
  }
  if (out->relu) value = max16(value, (v16)(0.0f));
  if (out->gate) value = keepWherePositive(value, load16(out->gate + at));
  if (out->scale) value = followBack(out->scale[row], value);
  return value;
}

// The share of rows and positions that one part works on: positions where they are many or divide evenly, else rows.
// Panels of weights are packed once a part, so dense products with few positions share out their rows.
typedef struct {
  int32_t row, rowEnd, position, positionEnd;
} span;

INLINE span shareOutput(const clanes_output *out, int32_t tile, int32_t rowTile, int32_t part, int32_t parts) {
  int32_t tiles = (out->positions + tile - 1) / tile;
  bool rowsWillDo = rowTile > 1 && out->positions < 16 * parts && out->rows >= 2 * parts * rowTile;
  if (!rowsWillDo && (tiles >= 4 * parts || (tiles % parts == 0 && out->positions % tile == 0))) {
    int32_t first = share(tiles, part, parts) * tile, end = share(tiles, part + 1, parts) * tile;
    return (span){0, out->rows, first, end < out->positions ? end : out->positions};
  }
  int32_t rowTiles = (out->rows + rowTile - 1) / rowTile;
  int32_t first = share(rowTiles, part, parts) * rowTile, end = share(rowTiles, part + 1, parts) * rowTile;
  return (span){first, end < out->rows ? end : out->rows, 0, out->positions};
}

// MARK: sparse

// How the positions of a tile lie: in runs, whose positions are `xStep` vectors of x and `yStep` vectors of y apart.
typedef struct {
  int width, run, xStep, yStep;
} tileForm;

// One row of a tile. `streams`: between two blocks of inputs sums wait in scratch, and at last go past the caches.
INLINE void sparseTile(const clanes_sparse_product *a, int32_t row, int32_t block, int32_t position, tileForm form,
                       bool streams, float *waiting) {
  const clanes_output *out = &a->out;
  const int width = form.width, run = form.run;
  const float *x[sparsePositions];
  int64_t y[sparsePositions];
  v16 sum[widePositions];
  UNROLL for (int i = 0; i < width / run; i++) {
    x[i] = out->x + out->xPosition[position + i * run];
    y[i] = row * out->rowStride + out->yPosition[position + i * run];
  }
#define AT(i) (y[(i) / run] + 16 * form.yStep * ((i) % run))
  const int32_t *start = a->start + (int64_t)block * out->rows + row;
  if (block == 0) {
    UNROLL for (int i = 0; i < width; i++) sum[i] = a->split ? (v16)(0.0f) : startOf(out, row, AT(i));
  } else {
    UNROLL for (int i = 0; i < width; i++) sum[i] = load16(streams ? waiting + 16 * i : out->y + AT(i));
  }
#define INPUT(t, i) load16(x[(i) / run] + 16 * form.xStep * ((i) % run) + a->offset[t])
  if (a->split) {
    int32_t t = start[0], middle = a->split[(int64_t)block * out->rows + row];
    for (; t < middle; t++) UNROLL for (int i = 0; i < width; i++) sum[i] = sum[i] + INPUT(t, i);
    for (; t < start[1]; t++) UNROLL for (int i = 0; i < width; i++) sum[i] = sum[i] - INPUT(t, i);
    if (block == a->blocks - 1) {
      bool isEmpty = a->start[(int64_t)a->blocks * out->rows] == 0;
      v16 gain = splat16(isEmpty ? 0.0f : __builtin_fabsf(a->weight[0]));
      UNROLL for (int i = 0; i < width; i++) sum[i] = fma16(gain, sum[i], startOf(out, row, AT(i)));
    }
  } else {
    // Four at a time: of a short row's branches the processor then foresees most.
    int32_t t = start[0], left = start[1] - t;
#define TERM(t)                                                                    \
  {                                                                                \
    v16 w = splat16(a->weight[t]);                                                 \
    UNROLL for (int i = 0; i < width; i++) sum[i] = fma16(w, INPUT(t, i), sum[i]); \
  }
    for (; left >= 4; left -= 4, t += 4) {
      TERM(t)
      TERM(t + 1)
      TERM(t + 2)
      TERM(t + 3)
    }
    if (left & 2) {
      TERM(t)
      TERM(t + 1)
      t += 2;
    }
    if (left & 1) TERM(t)
#undef TERM
  }
#undef INPUT
  if (block < a->blocks - 1) {
    UNROLL for (int i = 0; i < width; i++) store16(streams ? waiting + 16 * i : out->y + AT(i), sum[i]);
  } else {
    UNROLL for (int i = 0; i < width; i++) {
      if (streams) stream16(out->y + AT(i), finish(out, row, sum[i], AT(i)));
      else store16(out->y + AT(i), finish(out, row, sum[i], AT(i)));
    }
  }
#undef AT
}

INLINE void sparseRows(const clanes_sparse_product *a, span s, int32_t position, tileForm form) {
  for (int32_t block = 0; block < a->blocks; block++)
    for (int32_t row = s.row; row < s.rowEnd; row++) sparseTile(a, row, block, position, form, false, NULL);
}

// The same past the caches. Meanwhile what the next tile is the first to read is fetched, some a row.
INLINE void streamRows(const clanes_sparse_product *a, span s, int32_t position, tileForm form, float *waiting) {
  const clanes_output *out = &a->out;
  const int width = form.width;
  const int32_t *next = out->xPosition + position + width, *nextGate = out->yPosition + position + width;
  bool fetches = position + 2 * width <= s.positionEnd;
  int32_t count = fetches ? a->aheadCount : 0, calls = a->blocks * (s.rowEnd - s.row);
  for (int32_t block = 0, call = 0, k = 0; block < a->blocks; block++)
    for (int32_t row = s.row; row < s.rowEnd; row++, call++) {
      if (out->gate && block == 0 && fetches)
        UNROLL for (int i = 0; i < width; i++) __builtin_prefetch(out->gate + row * out->rowStride + nextGate[i], 0, 2);
      for (int32_t end = share(count, call + 1, calls); k < end; k++)
        UNROLL for (int i = 0; i < width; i++) __builtin_prefetch(out->x + next[i] + a->ahead[k], 0, 2);
      sparseTile(a, row, block, position, form, true, waiting + 16 * width * (int64_t)(row - s.row));
    }
}

INLINE bool hasForm(const clanes_output *out, int32_t position, tileForm form) {
  for (int i = position; i < position + form.width; i += form.run)
    if (!comesInSteps(out->xPosition, i, form.run, form.xStep) || !comesInSteps(out->yPosition, i, form.run, form.yStep))
      return false;
  return true;
}

// A tile past the caches if sums can wait; false if it has not the form.
INLINE bool formedTile(const clanes_sparse_product *a, span s, int32_t p, tileForm form, float *waiting) {
  if (!hasForm(&a->out, p, form)) return false;
  if (waiting) streamRows(a, s, p, form, waiting);
  else sparseRows(a, s, p, form);
  return true;
}

// A tile of `width` positions in runs of `run`, of a stride of 1, of 2 or of the way back from 2.
INLINE bool tileInRuns(const clanes_sparse_product *a, span s, int32_t p, int width, int run, float *waiting) {
  return formedTile(a, s, p, (tileForm){width, run, 1, 1}, waiting) ||
         formedTile(a, s, p, (tileForm){width, run, 2, 1}, waiting) ||
         formedTile(a, s, p, (tileForm){width, run, 1, 2}, waiting);
}

// Positions p ..< end in tiles of `width`, as long as whole tiles remain; returns where it stopped.
INLINE int32_t sparseTiles(const clanes_sparse_product *a, span s, int32_t p, int32_t end, int width, float *waiting) {
  for (; p + width <= end; p += width) {
    if (width > 4 && tileInRuns(a, s, p, width, 8, width == widePositions ? waiting : NULL)) continue;
    if (width >= 4 && tileInRuns(a, s, p, width, 4, width == widePositions ? waiting : NULL)) continue;
    if (width > sparsePositions) break;
    sparseRows(a, s, p, (tileForm){width, 1, 1, 1});
  }
  return p;
}

static void sparseProduct(const void *arguments, int32_t part, int32_t parts) {
  clanes_sparse_product a = *(const clanes_sparse_product *)arguments;
  a.out.x += part * a.out.xPartStride;
  span s = shareOutput(&a.out, widePositions, 1, part, parts);
  float *waiting = a.waiting ? a.waiting + part * a.waitingStride : NULL;
  for (int32_t p = s.position; p < s.positionEnd;) {
    p = sparseTiles(&a, s, p, s.positionEnd, widePositions, waiting);
    // A wide tile without form, or the end.
    int32_t end = s.positionEnd - p < widePositions ? s.positionEnd : p + widePositions;
    if (widePositions > sparsePositions) p = sparseTiles(&a, s, p, end, sparsePositions, NULL);
    if (sparsePositions > 4) p = sparseTiles(&a, s, p, end, 4, NULL);
    p = sparseTiles(&a, s, p, end, 2, NULL);
    p = sparseTiles(&a, s, p, end, 1, NULL);
  }
  if (waiting) finishStreams();
}

// MARK: dense

// Copies the weights of `panels` times `height` rows for terms first ..< end into panel[term][height]; panels are `size`
// floats apart, and up to eight floats beyond each are written.
INLINE void packWeights(const clanes_dense_product *a, int32_t row, int height, int panels, int64_t size,
                        int32_t first, int32_t end, float *panel) {
  const float *w = a->weight + row * a->weightRowStride;
  int32_t t = first;
  if (!a->weightIndex && height > 2) {
    for (; t + 8 <= end; t += 8, panel += 8 * height)
      UNROLL for (int n = 0; n < panels; n++) {
        v8 rows[8];
        UNROLL for (int j = 0; j < 8; j++)
          rows[j] = j < height ? *(const v8u *)(w + (n * height + j) * a->weightRowStride + t) : (v8)(0.0f);
        transpose8(rows);
        UNROLL for (int j = 0; j < 8; j++) *(v8u *)(panel + n * size + j * height) = rows[j];
      }
  } else if (a->weightIndex && a->weightRowStride == 1 && height > 2) {
    for (; t < end; t++, panel += height)
      UNROLL for (int n = 0; n < panels; n++)
        *(v8u *)(panel + n * size) = *(const v8u *)(w + a->weightIndex[t] + n * height);
  }
  for (; t < end; t++, panel += height) {
    int64_t index = a->weightIndex ? a->weightIndex[t] : t;
    UNROLL for (int n = 0; n < panels; n++) UNROLL for (int j = 0; j < height; j++)
      panel[n * size + j] = w[(n * height + j) * a->weightRowStride + index];
  }
}

// `weights` are those of the block's terms first ..< end, `offset` their inputs.
INLINE void denseTile(const clanes_dense_product *a, const float *weights, const int32_t *offset, int32_t terms,
                      bool first, bool last, int32_t row, int height, int32_t position, int width) {
  const clanes_output *out = &a->out;
  const float *x[densePositions];
  v16 sum[denseRows][densePositions];
  UNROLL for (int i = 0; i < width; i++) x[i] = out->x + out->xPosition[position + i];
  UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++) {
    int64_t at = (row + j) * out->rowStride + out->yPosition[position + i];
    sum[j][i] = first ? startOf(out, row + j, at) : load16(out->y + at);
  }
  for (int32_t t = 0; t < terms; t++, weights += height) {
    int64_t at = offset[t];
    v16 input[densePositions];
    UNROLL for (int i = 0; i < width; i++) input[i] = load16(x[i] + at);
    UNROLL for (int j = 0; j < height; j++) {
      v16 w = splat16(weights[j]);
      UNROLL for (int i = 0; i < width; i++) sum[j][i] = fma16(w, input[i], sum[j][i]);
    }
  }
  UNROLL for (int j = 0; j < height; j++) UNROLL for (int i = 0; i < width; i++) {
    int64_t at = (row + j) * out->rowStride + out->yPosition[position + i];
    store16(out->y + at, last ? finish(out, row + j, sum[j][i], at) : sum[j][i]);
  }
}

// A group of positions and a block of terms.
typedef struct {
  int32_t position, positionEnd, term, termEnd;
  float *weights;
} densePack;

INLINE void densePanel(const clanes_dense_product *a, const densePack *k, const float *weights, int32_t row,
                       int height) {
  int32_t terms = k->termEnd - k->term, p = k->position;
  const int32_t *offset = a->offset + k->term;
  bool first = k->term == 0, last = k->termEnd == a->terms;
  for (; p + densePositions <= k->positionEnd; p += densePositions)
    denseTile(a, weights, offset, terms, first, last, row, height, p, densePositions);
  for (; p < k->positionEnd; p++) denseTile(a, weights, offset, terms, first, last, row, height, p, 1);
}

// `panels` panels of `height` rows: their weights are packed together, so that memory which holds the weights of many
// rows side by side (input gradients) is walked once.
INLINE int32_t densePanels(const clanes_dense_product *a, const densePack *k, int32_t row, int height, int panels) {
  int64_t size = (int64_t)height * clanesPanelTerms + 8;
  packWeights(a, row, height, panels, size, k->term, k->termEnd, k->weights);
  for (int j = 0; j < panels; j++) densePanel(a, k, k->weights + j * size, row + j * height, height);
  return row + panels * height;
}

INLINE void denseGroup(const clanes_dense_product *a, span s, const densePack *k) {
  int32_t row = s.row;
  while (row + 4 * denseRows <= s.rowEnd) row = densePanels(a, k, row, denseRows, 4);
  while (row + denseRows <= s.rowEnd) row = densePanels(a, k, row, denseRows, 1);
  while (row + 2 <= s.rowEnd) row = densePanels(a, k, row, 2, 1);
  while (row < s.rowEnd) row = densePanels(a, k, row, 1, 1);
}

// The inputs of a group of positions and a block of terms stay in the second cache; each panel of weights is copied once a
// group and stays in the first.
static void denseProduct(const void *arguments, int32_t part, int32_t parts) {
  clanes_dense_product a = *(const clanes_dense_product *)arguments;
  a.out.x += part * a.out.xPartStride;
  span s = shareOutput(&a.out, densePositions, denseRows, part, parts);
  densePack k = {.weights = a.panel + part * a.panelStride};
  for (int32_t p = s.position; p < s.positionEnd; p += clanesPanelPositions) {
    k.position = p;
    k.positionEnd = s.positionEnd - p < clanesPanelPositions ? s.positionEnd : p + clanesPanelPositions;
    // Once at least: an output without terms is its start.
    for (int32_t t = 0; t == 0 || t < a.terms; t += clanesPanelTerms) {
      k.term = t;
      k.termEnd = a.terms - t < clanesPanelTerms ? a.terms : t + clanesPanelTerms;
      denseGroup(&a, s, &k);
    }
  }
}
