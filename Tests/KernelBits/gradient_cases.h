// Optimiser steps, and gradients of weights with and without the step behind them. Included by kernel_bits.c.

// An optimiser over `count` weights; some are pruned.
static clanes_update newUpdate(result *buffers, int64_t count, bool adam, const clanes_step *step) {
  int64_t padded = (count + 15) / 16 * 16;
  bool masks = nextBelow(3) > 0;
  uint32_t *mask = (uint32_t *)newIntegers(padded);
  for (int i = 0; i < 3; i++) buffers[i] = newResult(padded);
  for (int64_t i = 0; i < padded; i++) {
    mask[i] = (!masks || nextBelow(3)) && i < count ? UINT32_MAX : 0;
    buffers[0].values[i] = mask[i] ? nextFloat() : 0;
    buffers[1].values[i] = buffers[2].values[i] = 0;
  }
  clanes_update a = {.step = step, .weight = buffers[0].values, .moment1 = buffers[1].values, .count = count};
  if (adam) a.moment2 = buffers[2].values;
  else if (!nextBelow(3)) a.moment1 = NULL;
  if (masks) a.mask = mask;
  a.momentum = a.moment1 ? 0.9f : 0;
  a.beta2 = 0.999f;
  a.epsilon = 1e-8f;
  a.decay = nextBelow(2) ? 1e-3f : 0;
  a.nesterov = nextBelow(2);
  return a;
}

static uint64_t digestUpdate(uint64_t digest, const clanes_update *a, const result *buffers) {
  for (int64_t i = 0; i < buffers[0].count; i++)
    for (int k = 0; k < 3; k++)
      expect((i < a->count && (!a->mask || a->mask[i])) || buffers[k].values[i] == 0, "update", "moved a pruned weight");
  for (int k = 0; k < 3; k++) digest = digestResult(digest, buffers[k], "update");
  return digest;
}

static const clanes_step updateStep = {.rate = 0.05f, .correction1 = 10, .correction2 = 31.6f};

// Gradients with the zeros behind them that a step from memory reads.
static const float *paddedGradients(result gradients) {
  int64_t padded = (gradients.count + 15) / 16 * 16;
  float *values = newBytes((size_t)padded * sizeof(float));
  memcpy(values, gradients.values, (size_t)gradients.count * sizeof(float));
  return values;
}

// The step with gradients that are in memory, and again by the kernel that sums them: the bits must be the same.
static uint64_t fusedCase(const clanes_table *table, uint64_t seed, clanes_kernel kernel, void *arguments,
                          clanes_gradient *g, result gradients, result biases, int32_t parts) {
  result apart[3], fused[3], apartBiases[3], fusedBiases[3];
  bool adam = nextBelow(2);
  uint32_t before = state;
  clanes_update a = newUpdate(apart, gradients.count, adam, &updateStep);
  clanes_update ab = newUpdate(apartBiases, biases.count, adam, &updateStep);
  state = before;
  clanes_update f = newUpdate(fused, gradients.count, adam, &updateStep);
  clanes_update fb = newUpdate(fusedBiases, biases.count, adam, &updateStep);
  a.gradient = paddedGradients(gradients);
  ab.gradient = paddedGradients(biases);
  runParts(adam ? table->adam : table->sgd, &a, parts);
  if (g->biasGradient) runParts(adam ? table->adam : table->sgd, &ab, parts);
  if (g->biasGradient) g->biasUpdate = &fb;
  g->update = &f;
  g->gradient = g->biasGradient = NULL;
  runParts(kernel, arguments, parts);
  uint64_t digest = digestUpdate(seed, &a, apart);
  expect(digestUpdate(seed, &f, fused) == digest, "update", "steps within a gradient have other bits");
  expect(digestUpdate(seed, &fb, fusedBiases) == digestUpdate(seed, &ab, apartBiases), "update",
         "steps within a gradient have other bits for biases");
  return digest;
}

static clanes_gradient newGradient(tensor x, tensor dy, result weights, result biases) {
  clanes_gradient g = {.x = newFloats(x.count, 0), .dy = newFloats(dy.count, 0), .gradient = weights.values};
  g.xPosition = x.position;
  g.dyPosition = dy.position;
  g.positions = dy.positions;
  g.chain = nextBelow(2) ? dy.positions : 1 + nextBelow(dy.positions);
  g.accumulate = nextBelow(3) == 0;
  for (int64_t i = 0; i < weights.count; i++) weights.values[i] = nextFloat();
  for (int64_t i = 0; i < biases.count; i++) biases.values[i] = nextFloat();
  g.rows = dy.rows;
  g.rowStride = dy.rowStride;
  g.biasGradient = nextBelow(2) ? biases.values : NULL;
  return g;
}

// What the scratch of a sparse gradient must hold for up to `parts` parts.
static int32_t laneTermsOf(terms t, int32_t rows, int32_t parts) {
  int32_t block = 0, row = 0;
  for (int32_t i = 0; i < t.blocks * rows; i++) {
    if (i % rows == 0 && block < t.start[i + rows] - t.start[i]) block = t.start[i + rows] - t.start[i];
    if (row < t.start[i + 1] - t.start[i]) row = t.start[i + 1] - t.start[i];
  }
  return block + parts * (row + 2);
}

static uint64_t sparseGradientCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t rows = CHOOSE(sizes), inputs = CHOOSE(sizes), positions = CHOOSE(positionCounts);
  int32_t group = nextGroup(positions);
  tensor x = newTensor(inputs, positions, group), dy = newTensor(rows, positions, group);
  terms t = newTerms(rows, inputs, nextBelow(2) ? inputs : (inputs + 2) / 3, 1 + nextBelow(12));
  result weights = newResult(t.count), biases = newResult(rows);
  clanes_sparse_gradient a = {.out = newGradient(x, dy, weights, biases), .blocks = t.blocks, .start = t.start};
  a.offset = offsetsOf(t.input, t.count, x.rowStride);
  a.laneTerms = laneTermsOf(t, rows, 3);
  if (nextBelow(2)) a.laneTerms += t.count / 3;
  if (a.out.chain < positions || nextBelow(2)) a.lanes = newFloats((int64_t)a.laneTerms * 16, 0);
  if (nextBelow(2)) a.ahead = offsetsOf(NULL, inputs, x.rowStride), a.aheadCount = inputs;
  if (a.lanes && !a.out.accumulate) runThreads(table->sparseGradient, &a, parts);
  else runParts(table->sparseGradient, &a, parts);
  uint64_t digest = digestResult(digestResult(seed, weights, "sparseGradient"), biases, "sparseGradient");
  if (a.out.chain < positions || a.out.accumulate) return digest;
  a.lanes = NULL;
  return fusedCase(table, digest, table->sparseGradient, &a, &a.out, weights, biases, parts);
}

static uint64_t denseGradientCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t rows = CHOOSE(sizes), inputs = CHOOSE(sizes), positions = CHOOSE(positionCounts);
  int32_t group = nextGroup(positions);
  tensor x = newTensor(inputs, positions, group), dy = newTensor(rows, positions, group);
  result weights = newResult((int64_t)rows * inputs), biases = newResult(rows);
  clanes_dense_gradient a = {.out = newGradient(x, dy, weights, biases), .terms = inputs};
  a.offset = offsetsOf(NULL, inputs, x.rowStride);
  a.laneTerms = 8 * (1 + nextBelow(5));
  if (a.out.chain < positions || positions > clanesGradientPositions || nextBelow(2))
    a.lanes = newFloats((int64_t)rows * a.laneTerms * 16, 0);
  runParts(table->denseGradient, &a, parts);
  uint64_t digest = digestResult(digestResult(seed, weights, "denseGradient"), biases, "denseGradient");
  // All terms of a sparse gradient are the dense one.
  terms t = newTerms(rows, inputs, inputs, 1);
  result some = newResult(t.count);
  clanes_sparse_gradient b = {.out = a.out, .blocks = 1, .start = t.start, .laneTerms = laneTermsOf(t, rows, 3)};
  b.offset = offsetsOf(t.input, t.count, x.rowStride);
  if (a.out.chain < positions) b.lanes = newFloats((int64_t)b.laneTerms * 16, 0);
  b.out.gradient = some.values;
  b.out.biasGradient = NULL;
  b.out.accumulate = false;
  a.out.accumulate = false;
  runParts(table->denseGradient, &a, parts);
  runParts(table->sparseGradient, &b, parts);
  for (int32_t r = 0; r < rows; r++) {
    size_t count = (size_t)(t.start[r + 1] - t.start[r]);
    if (count)
      expect(!memcmp(some.values + t.start[r], weights.values + (int64_t)r * inputs, count * sizeof(float)), "gradients",
             "sparse and dense differ");
  }
  if (a.out.chain < positions || positions > clanesGradientPositions) return digest;
  a.lanes = NULL;
  return fusedCase(table, digest, table->denseGradient, &a, &a.out, weights, biases, parts);
}
