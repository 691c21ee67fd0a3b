// Gradients of sparse weights over the places of images. Included once per CPU level, after gradient.h.
//
// A chain of positions is walked tile by tile, and at each tile block after block of inputs, all rows of a block in turn:
// so the inputs of a tile serve all rows from the first cache. dy of the tile stays in registers over the terms of a row;
// the sums of all terms wait in scratch from one tile to the next.

enum { runPositions = 4 };

// Terms t ..< end of one row at the positions of a tile. Sums go on from `sums`, one vector a term, `distance` floats apart,
// and are left in `lanes`, or after the last position folded.
INLINE void placeTile(const clanes_sparse_gradient *a, const float *dy, int32_t t, int32_t end, int32_t position,
                      tileForm form, bool last, const float *sums, int64_t distance, float *lanes, float *folded) {
  const int width = form.width, run = form.run;
  const clanes_gradient *g = &a->out;
  const float *x[16], *d[16];
  UNROLL for (int i = 0; i < width / run; i++) {
    x[i] = g->x + g->xPosition[position + i * run];
    d[i] = dy + g->dyPosition[position + i * run];
  }
  UNROLL for (int h = 0; h < parts16; h++) {
    const int at = h * partLanes;
    vp gradient[16];
    UNROLL for (int i = 0; i < width; i++) gradient[i] = loadPart(d[i / run] + 16 * form.yStep * (i % run) + at);
    int32_t k = 0, count = end - t;
    // Two terms at a time: their chains hide each other's latency.
    for (; k + 2 <= count; k += 2) {
      int64_t offset0 = a->offset[t + k], offset1 = a->offset[t + k + 1];
      vp sum0 = loadPart(sums + k * distance + at), sum1 = loadPart(sums + (k + 1) * distance + at);
      UNROLL for (int i = 0; i < width; i++) {
        const float *input = x[i / run] + 16 * form.xStep * (i % run) + at;
        sum0 = fmaPart(gradient[i], loadPart(input + offset0), sum0);
        sum1 = fmaPart(gradient[i], loadPart(input + offset1), sum1);
      }
      keepPart(sum0, h, last, lanes + 16 * k, folded + 8 * k);
      keepPart(sum1, h, last, lanes + 16 * (k + 1), folded + 8 * (k + 1));
    }
    if (k < count) {
      int64_t offset = a->offset[t + k];
      vp sum = loadPart(sums + k * distance + at);
      UNROLL for (int i = 0; i < width; i++)
        sum = fmaPart(gradient[i], loadPart(x[i / run] + 16 * form.xStep * (i % run) + at + offset), sum);
      keepPart(sum, h, last, lanes + 16 * k, folded + 8 * k);
    }
  }
}

// One tile of a chain: its positions, the range of blocks of inputs, and the rows of this part.
typedef struct {
  int32_t position, block, blockEnd, part, parts;
  float *lanes; // the part's own scratch: other parts may be at other blocks
  bool first, add; // whether the chain begins here; whether its result is added to the gradients
  bool fetches; // whether what the next tile reads is fetched meanwhile
} placeStep;

// How many terms of a block are in the part's rows.
INLINE int32_t ownTerms(const clanes_sparse_gradient *a, int32_t block, int32_t part, int32_t parts) {
  const int32_t rows = a->out.rows, *start = a->start + (int64_t)block * rows;
  return start[balancedRow(start, rows, part + 1, parts)] - start[balancedRow(start, rows, part, parts)];
}

static const float noSums[16] __attribute__((aligned(64)));

// Fetches what the next tile is the first to read: of dy the row, of x the offsets ahead ..< end.
INLINE void fetchNext(const clanes_sparse_gradient *a, const placeStep *s, int32_t row, bool outputs, int32_t ahead,
                      int32_t end, int width) {
  const clanes_gradient *g = &a->out;
  const int32_t *dy = g->dyPosition + s->position + width, *x = g->xPosition + s->position + width;
  if (outputs) UNROLL for (int i = 0; i < width; i++) __builtin_prefetch(g->dy + row * g->rowStride + dy[i], 0, 2);
  for (; ahead < end; ahead++)
    UNROLL for (int i = 0; i < width; i++) __builtin_prefetch(g->x + x[i] + a->ahead[ahead], 0, 2);
}

// The rows of one block. After the last tile of a chain eight sums share a reduction.
INLINE void placeRows(const clanes_sparse_gradient *a, const placeStep *s, int32_t block, float *sums,
                      tileForm form, bool last) {
  float folded[gradientChunk * 8] __attribute__((aligned(64)));
  const clanes_gradient *g = &a->out;
  const int32_t *start = a->start + (int64_t)block * g->rows;
  int32_t row = balancedRow(start, g->rows, s->part, s->parts), rowEnd = balancedRow(start, g->rows, s->part + 1, s->parts);
  int32_t begin = start[row], pending = 0, from = start[row], first = row, blocks = s->blockEnd - s->block;
  int32_t ahead = share(a->aheadCount, block - s->block, blocks);
  for (; row < rowEnd; row++) {
    if (s->fetches) {
      int32_t rows = rowEnd - first, calls = (block - s->block) * rows + row - first + 1;
      int32_t end = share(a->aheadCount, calls, blocks * rows);
      fetchNext(a, s, row, block == s->block, ahead, end, form.width);
      ahead = end;
    }
    for (int32_t t = start[row], end; t < start[row + 1]; t = end) {
      end = start[row + 1];
      if (last && end - t > gradientChunk - pending) end = t + gradientChunk - pending;
      float *lanes = sums + 16 * (int64_t)(t - begin);
      placeTile(a, g->dy + row * g->rowStride, t, end, s->position, form, last, s->first ? noSums : lanes,
                s->first ? 0 : 16, lanes, folded + 8 * pending);
      if (!last) continue;
      pending += end - t;
      if (pending < gradientChunk) continue;
      reduceFolded(folded, pending, s->add, g->gradient + from);
      from = end;
      pending = 0;
    }
  }
  if (pending) reduceFolded(folded, pending, s->add, g->gradient + from);
}

INLINE void placeBlocks(const clanes_sparse_gradient *a, const placeStep *s, tileForm form, bool last) {
  float *sums = s->lanes;
  for (int32_t block = s->block; block < s->blockEnd; block++) {
    if (last) placeRows(a, s, block, sums, form, true);
    else placeRows(a, s, block, sums, form, false);
    sums += 16 * (int64_t)ownTerms(a, block, s->part, s->parts);
  }
}

INLINE bool gradientHasForm(const clanes_gradient *g, int32_t position, tileForm form) {
  for (int i = position; i < position + form.width; i += form.run)
    if (!comesInSteps(g->xPosition, i, form.run, form.xStep) || !comesInSteps(g->dyPosition, i, form.run, form.yStep))
      return false;
  return true;
}

// The tile at the step's position; false if it has not the form.
INLINE bool formedPlaces(const clanes_sparse_gradient *a, const placeStep *s, tileForm form, bool last) {
  if (!gradientHasForm(&a->out, s->position, form)) return false;
  placeBlocks(a, s, form, last);
  return true;
}

// A wide tile in runs, at a stride of 1 or of 2.
INLINE bool placesInRuns(const clanes_sparse_gradient *a, const placeStep *s, bool last) {
  return formedPlaces(a, s, (tileForm){placePositions, runPositions, 1, 1}, last) ||
         formedPlaces(a, s, (tileForm){placePositions, runPositions, 2, 1}, last);
}

static void placeChain(const clanes_sparse_gradient *a, placeStep s, int32_t end) {
  s.first = true;
  while (s.position < end) {
    int32_t width = placePositions;
    s.fetches = a->aheadCount && s.position + 2 * width <= end;
    if (s.position + width > end || !placesInRuns(a, &s, s.position + width == end)) {
      s.fetches = false;
      width = s.position + 8 <= end ? 8 : 1;
      if (width == 8) placeBlocks(a, &s, (tileForm){8, 1, 1, 1}, s.position + width == end);
      else placeBlocks(a, &s, (tileForm){1, 1, 1, 1}, s.position + width == end);
    }
    s.position += width;
    s.first = false;
  }
}

// Blocks are taken together as long as their sums fit into the part's share of the scratch.
static void placesGradient(const clanes_sparse_gradient *a, int32_t part, int32_t parts) {
  const clanes_gradient *g = &a->out;
  int32_t share = a->laneTerms / parts;
  for (int32_t position = 0; position < g->positions; position = chainEnd(g, position))
    for (int32_t block = 0, next; block < a->blocks; block = next) {
      int32_t terms = 0;
      for (next = block; next < a->blocks; next++) {
        terms += ownTerms(a, next, part, parts);
        if (next > block && terms > share) break;
      }
      placeStep s = {.position = position, .block = block, .blockEnd = next, .part = part, .parts = parts};
      s.lanes = a->lanes + 16 * (int64_t)share * part;
      s.add = g->accumulate || position > 0;
      placeChain(a, s, chainEnd(g, position));
    }
}

static void sparseGradient(const void *arguments, int32_t part, int32_t parts) {
  clanes_sparse_gradient a = *(const clanes_sparse_gradient *)arguments;
  a.out.x += part * a.out.xPartStride;
  int32_t rows = a.out.rows;
  if (a.lanes) placesGradient(&a, part, parts);
  else
    for (int32_t block = 0; block < a.blocks; block++) {
      const int32_t *start = a.start + (int64_t)block * rows;
      sparseGradientSpan(&a, block, balancedRow(start, rows, part, parts), balancedRow(start, rows, part + 1, parts));
    }
  biasGradients(&a.out, share(rows, part, parts), share(rows, part + 1, parts));
}
