// Products of a layer, sparse and dense, and windows. Included by kernel_bits.c.

// Results past the caches, with sums that wait and inputs that are fetched ahead.
static void stream(clanes_sparse_product *a, tensor x, int32_t inputs, int32_t parts) {
  a->waitingStride = (int64_t)a->out.rows * clanesWaitingPositions * 16;
  a->waiting = newFloats(parts * a->waitingStride, 0);
  a->ahead = offsetsOf(NULL, inputs, x.rowStride);
  a->aheadCount = inputs;
}

static uint64_t sparseProductCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t rows = CHOOSE(sizes), inputs = CHOOSE(sizes), positions = CHOOSE(positionCounts);
  int32_t group = nextGroup(positions);
  tensor x = newTensor(inputs, positions, group), y = newTensor(rows, positions, group);
  terms t = newTerms(rows, inputs, nextBelow(2) ? inputs : (inputs + 2) / 3, 1 + nextBelow(12));
  result out = newResult(y.count);
  clanes_sparse_product a = {.out = newOutput(x, y, out), .blocks = t.blocks, .start = t.start};
  a.offset = offsetsOf(t.input, t.count, x.rowStride);
  a.weight = newFloats(t.count, 0);
  if (nextBelow(2)) stream(&a, x, inputs, parts);
  runParts(table->sparseProduct, &a, parts);
  return digestResult(seed, out, "sparseProduct");
}

static uint64_t denseProductCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t rows = CHOOSE(sizes), inputs = CHOOSE(sizes), positions = CHOOSE(positionCounts);
  int32_t group = nextGroup(positions);
  bool transposed = nextBelow(2);
  tensor x = newTensor(inputs, positions, group), y = newTensor(rows, positions, group);
  result out = newResult(y.count);
  clanes_dense_product a = {.out = newOutput(x, y, out), .terms = inputs};
  a.offset = offsetsOf(NULL, inputs, x.rowStride);
  a.weightIndex = transposed ? offsetsOf(NULL, inputs, rows) : NULL;
  a.weightRowStride = transposed ? 1 : inputs;
  a.weight = newFloats((int64_t)rows * inputs, 8);
  a.panelStride = clanesPanelFloats;
  a.panel = newFloats((int64_t)parts * clanesPanelFloats, 0);
  runParts(table->denseProduct, &a, parts);
  return digestResult(seed, out, "denseProduct");
}

// The sparse product of some terms against the dense one whose other weights are zero.
static uint64_t sparseAgainstDenseCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t rows = CHOOSE(sizes), inputs = CHOOSE(sizes), positions = CHOOSE(positionCounts);
  int32_t group = nextGroup(positions);
  tensor x = newTensor(inputs, positions, group), y = newTensor(rows, positions, group);
  terms t = newTerms(rows, inputs, inputs, 1 + nextBelow(12));
  result sparse = newResult(y.count), dense = newResult(y.count);
  clanes_sparse_product a = {.out = newOutput(x, y, sparse), .blocks = 1, .start = t.start};
  a.offset = offsetsOf(t.input, t.count, x.rowStride);
  float *weight = newFloats(t.count, 0), *all = newFloats((int64_t)rows * inputs, 8);
  a.weight = weight;
  memset(all, 0, (size_t)rows * (size_t)inputs * sizeof(float));
  for (int32_t r = 0; r < rows; r++)
    for (int32_t k = t.start[r]; k < t.start[r + 1]; k++) all[(int64_t)r * inputs + t.input[k]] = weight[k];
  if (nextBelow(2)) stream(&a, x, inputs, parts);
  clanes_dense_product b = {.out = a.out, .terms = inputs, .weight = all, .weightRowStride = inputs};
  b.out.y = dense.values;
  if (a.out.addend == sparse.values) {
    memcpy(dense.values, sparse.values, (size_t)y.count * sizeof(float));
    b.out.addend = dense.values;
  }
  b.offset = offsetsOf(NULL, inputs, x.rowStride);
  b.panelStride = clanesPanelFloats;
  b.panel = newFloats((int64_t)parts * clanesPanelFloats, 0);
  runParts(table->sparseProduct, &a, parts);
  runParts(table->denseProduct, &b, parts);
  expect(!memcmp(sparse.values, dense.values, (size_t)y.count * sizeof(float)), "products", "sparse and dense differ");
  return digestResult(digestResult(seed, sparse, "sparseProduct"), dense, "denseProduct");
}

// Windows of taps x 1 places in a row of `groups`, some places unread.
static uint64_t windowCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t rows = CHOOSE(sizes), positions = CHOOSE(positionCounts), taps = 1 + nextBelow(5), unread = nextBelow(3);
  int32_t places = positions * taps + unread;
  clanes_window a = {.positions = positions, .taps = taps, .rows = rows, .unreadCount = unread, .maximum = nextBelow(2)};
  a.xStride = 16 * (int64_t)places;
  a.yStride = 16 * (int64_t)positions;
  int32_t *x = newIntegers(positions), *y = newIntegers(positions), *tap = newIntegers(taps), *rest = newIntegers(unread + 1);
  for (int32_t p = 0; p < positions; p++) x[p] = 16 * taps * p, y[p] = 16 * (positions - 1 - p);
  for (int32_t t = 0; t < taps; t++) tap[t] = 16 * t;
  for (int32_t i = 0; i < unread; i++) rest[i] = 16 * (taps * positions + i);
  a.xPosition = x, a.yPosition = y, a.tap = tap, a.unread = rest;
  a.x = newFloats(rows * a.xStride, 0);
  a.dy = newFloats(rows * a.yStride, 0);
  if (nextBelow(2)) a.gate = a.x;
  a.accumulate = nextBelow(2);
  a.streams = nextBelow(2);
  a.scale = nextBelow(2) ? newLines(rows) : NULL;
  result out = newResult(rows * a.yStride), gradient = newResult(rows * a.xStride);
  for (int64_t i = 0; i < gradient.count; i++) gradient.values[i] = nextFloat();
  a.y = out.values, a.dx = gradient.values;
  runParts(table->pool, &a, parts);
  runParts(table->poolGradient, &a, parts);
  return digestResult(digestResult(seed, out, "pool"), gradient, "poolGradient");
}
