// Runs every kernel of one CPU level on made-up numbers of many shapes and prints one digest a kernel. Equal digests mean
// equal bits. Built for several processors by compare.sh, and with sanitizers by sanitize.sh.
//
//   kernel_bits levels      the levels that this machine can run
//   kernel_bits LEVEL       one line a kernel: name, digest
//
// Every case is run in one part, in two and in three; all must leave the same bits. Results lie between guards, which no
// kernel may touch, and no buffer is longer than include/clanes.h says that kernels may read.
#include "clanes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { guardFloats = 64, maximumBuffers = 96 };

// MARK: numbers and buffers

static uint32_t state;

static uint32_t nextWord(void) {
  uint32_t z = state++;
  z ^= z >> 16;
  z *= 0x7feb352d;
  z ^= z >> 15;
  z *= 0x846ca68b;
  return z ^ z >> 16;
}

static float nextFloat(void) { return (float)(int32_t)(nextWord() >> 8) * 0x1p-23f - 1.0f; }
static int32_t nextBelow(int32_t bound) { return (int32_t)((uint64_t)nextWord() * (uint32_t)bound >> 32); }

static void *buffers[maximumBuffers];
static int bufferCount;
static int failures;

static void *newBytes(size_t size) {
  void *memory = NULL;
  if (bufferCount == maximumBuffers || posix_memalign(&memory, 64, size ? size : 1)) exit(70);
  memset(memory, 0, size);
  return buffers[bufferCount++] = memory;
}

static void freeBuffers(void) {
  while (bufferCount) free(buffers[--bufferCount]);
}

static int32_t *newIntegers(int64_t count) { return newBytes((size_t)count * sizeof(int32_t)); }

// `count` random floats and `spare` zeros that a kernel may read.
static float *newFloats(int64_t count, int64_t spare) {
  float *result = newBytes((size_t)(count + spare) * sizeof(float));
  for (int64_t i = 0; i < count; i++) result[i] = nextFloat();
  return result;
}

// MARK: results

typedef struct {
  float *values;
  int64_t count;
} result;

static float guardValue(int64_t i) { return 12345.0f + (float)i; }

static result newResult(int64_t count) {
  float *all = newBytes((size_t)(count + 2 * guardFloats) * sizeof(float));
  for (int64_t i = 0; i < count + 2 * guardFloats; i++) all[i] = guardValue(i);
  return (result){all + guardFloats, count};
}

static uint64_t digestOf(uint64_t digest, const void *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) digest = (digest ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
  return digest;
}

static void expect(bool holds, const char *kernel, const char *what) {
  if (holds) return;
  failures++;
  fprintf(stderr, "%s: %s\n", kernel, what);
}

static uint64_t digestResult(uint64_t digest, result r, const char *kernel) {
  const float *all = r.values - guardFloats;
  for (int64_t i = 0; i < guardFloats; i++) {
    expect(all[i] == guardValue(i), kernel, "wrote before its result");
    int64_t end = guardFloats + r.count + i;
    expect(all[end] == guardValue(end), kernel, "wrote behind its result");
  }
  return digestOf(digest, r.values, (size_t)r.count * sizeof(float));
}

// MARK: cases

typedef uint64_t (*kernelCase)(const clanes_table *table, uint32_t seed, int32_t parts);

static void runParts(clanes_kernel kernel, const void *arguments, int32_t parts) {
  // The last part first: parts must not depend on each other.
  for (int32_t part = parts - 1; part >= 0; part--) kernel(arguments, part, parts);
}

// The same by as many threads, which may be at different places of their work.
static void runThreads(clanes_kernel kernel, const void *arguments, int32_t parts) {
  clanes_task task = {kernel, arguments, false, false};
  clanes_pool *pool = clanes_pool_create(parts);
  if (!pool) exit(70);
  clanes_pool_run(pool, &task, 1);
  clanes_pool_destroy(pool);
}

static const int32_t sizes[] = {1, 2, 3, 7, 8, 13, 17, 25, 31, 64, 100, 300, 600};
static const int32_t positionCounts[] = {1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 19, 33, 40, 70};
#define CHOOSE(list) list[nextBelow(sizeof(list) / sizeof(list[0]))]

// A tensor [groups][rows][group][16] as plans lay it out, with `positions` positions; or scattered positions.
typedef struct {
  int32_t rows, positions, group;
  int64_t rowStride, count;
  int32_t *position;
} tensor;

static tensor newTensor(int32_t rows, int32_t positions, int32_t group) {
  int32_t groups = (positions + group - 1) / group;
  tensor t = {rows, positions, group, group * 16, (int64_t)groups * rows * group * 16, newIntegers(positions)};
  for (int32_t p = 0; p < positions; p++) t.position[p] = (p / group * rows * group + p % group) * 16;
  return t;
}

static int32_t nextGroup(int32_t positions) {
  static const int32_t groups[] = {1, 2, 4, 8};
  int32_t group = CHOOSE(groups);
  return group < positions ? group : positions;
}

static clanes_output newOutput(tensor x, tensor y, result out) {
  clanes_output o = {.x = newFloats(x.count, 0), .y = out.values, .xPosition = x.position, .yPosition = y.position};
  o.positions = y.positions;
  o.rows = y.rows;
  o.rowStride = y.rowStride;
  o.bias = nextBelow(3) ? newFloats(y.rows, 0) : NULL;
  o.relu = nextBelow(2);
  o.gate = nextBelow(2) ? newFloats(y.count, 0) : NULL;
  switch (nextBelow(3)) {
  case 0: o.addend = newFloats(y.count, 0); break;
  case 1:
    for (int64_t i = 0; i < out.count; i++) out.values[i] = nextFloat();
    o.addend = out.values;
  }
  return o;
}

// Random terms of rows x inputs at about one in `thinness`, by blocks of inputs; some rows stay empty.
typedef struct {
  int32_t blocks, count;
  int32_t *start, *input;
} terms;

static terms newTerms(int32_t rows, int32_t inputs, int32_t blockSize, int32_t thinness) {
  terms t = {(inputs + blockSize - 1) / blockSize, 0, NULL, NULL};
  t.start = newIntegers((int64_t)t.blocks * rows + 1);
  t.input = newIntegers((int64_t)rows * inputs);
  for (int32_t b = 0; b < t.blocks; b++)
    for (int32_t r = 0; r < rows; r++) {
      for (int32_t i = b * blockSize; i < inputs && i < (b + 1) * blockSize; i++)
        if (r % 5 != 3 && nextBelow(thinness) == 0) t.input[t.count++] = i;
      t.start[b * rows + r + 1] = t.count;
    }
  return t;
}

// Offsets of inputs, in a buffer of exactly the size that a kernel may read.
static int32_t *offsetsOf(const int32_t *inputs, int32_t count, int64_t stride) {
  int32_t *offset = newIntegers(count);
  for (int32_t i = 0; i < count; i++) offset[i] = (int32_t)((inputs ? inputs[i] : i) * stride);
  return offset;
}

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
  result out = newResult(rows * a.yStride), gradient = newResult(rows * a.xStride);
  for (int64_t i = 0; i < gradient.count; i++) gradient.values[i] = nextFloat();
  a.y = out.values, a.dx = gradient.values;
  runParts(table->pool, &a, parts);
  runParts(table->poolGradient, &a, parts);
  return digestResult(digestResult(seed, out, "pool"), gradient, "poolGradient");
}

#include "norm_cases.h"

static uint64_t lossCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t classes = 1 + nextBelow(20), samples = 1 + nextBelow(100), blocks = (samples + 15) / 16;
  tensor z = newTensor(classes, blocks, nextGroup(blocks));
  float *logits = newFloats(z.count, 0);
  float scale = nextBelow(4) ? 5.0f : 200.0f;
  for (int64_t i = 0; i < z.count; i++) logits[i] *= scale;
  int32_t *labels = newIntegers(150), *indices = newIntegers(samples);
  int32_t kind = nextBelow(4);
  for (int32_t i = 0; i < 150; i++)
    labels[i] = nextBelow(classes > 1 || kind == clanesSoftmaxCrossEntropy ? classes : 2);
  for (int32_t i = 0; i < samples; i++) indices[i] = nextBelow(150);
  result dz = newResult(z.count);
  clanes_step step = {.samples = samples, .indices = indices};
  clanes_loss a = {.step = &step, .kind = kind, .z = logits, .dz = nextBelow(4) ? dz.values : NULL, .classes = classes};
  a.blocks = blocks;
  a.classStride = z.rowStride;
  a.position = z.position;
  a.labels = labels;
  a.batchLabels = newIntegers(16 * blocks);
  a.classWeights = nextBelow(2) ? newFloats(20, 0) : NULL;
  runParts(table->loss, &a, parts);
  float sums[2] = {step.lossSum, step.correct};
  return digestOf(digestResult(seed, dz, "loss"), sums, sizeof(sums));
}

static uint64_t updateCase(const clanes_table *table, uint32_t seed, int32_t parts, bool adam) {
  result buffers[3], gradients = newResult(CHOOSE(sizes));
  clanes_update a = newUpdate(buffers, gradients.count, adam, &updateStep);
  for (int64_t i = 0; i < gradients.count; i++) gradients.values[i] = nextFloat();
  a.gradient = paddedGradients(gradients);
  for (int round = 0; round < 3; round++) runParts(adam ? table->adam : table->sgd, &a, parts);
  return digestUpdate(seed, &a, buffers);
}

static uint64_t sgdCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  return updateCase(table, seed, parts, false);
}
static uint64_t adamCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  return updateCase(table, seed, parts, true);
}

static uint64_t gatherCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t count = CHOOSE(sizes), sources = CHOOSE(sizes);
  result target = newResult(count);
  int32_t *index = newIntegers(count);
  for (int32_t i = 0; i < count; i++) index[i] = nextBelow(sources);
  clanes_gather a = {target.values, newFloats(sources, 0), index, count};
  runParts(table->gather, &a, parts);
  return digestResult(seed, target, "gather");
}

static uint64_t sumCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int64_t count = 16 * CHOOSE(sizes);
  result y = newResult(count);
  for (int64_t i = 0; i < count; i++) y.values[i] = nextFloat();
  clanes_sum a = {.x = newFloats(count, 0), .y = y.values, .count = count, .relu = nextBelow(2)};
  if (nextBelow(2)) a.sourceGate = newFloats(count, 0);
  if (nextBelow(2)) a.addend = nextBelow(2) ? y.values : newFloats(count, 0);
  if (nextBelow(2)) a.gate = newFloats(count, 0);
  runParts(table->sum, &a, parts);
  return digestResult(seed, y, "sum");
}

static clanes_move *newMoves(int32_t samples, int32_t height, int32_t width) {
  clanes_move *moves = newBytes((size_t)samples * sizeof(clanes_move));
  for (int32_t i = 0; i < samples; i++)
    moves[i] = (clanes_move){nextBelow(2 * height + 1) - height, nextBelow(2 * width + 1) - width, nextBelow(2)};
  return moves;
}

static uint64_t batchCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t channels = 1 + nextBelow(3), length = CHOOSE(sizes), samples = 1 + nextBelow(40), blocks = (samples + 15) / 16;
  bool runIsChannels = nextBelow(4) == 0, moved = !runIsChannels && nextBelow(2);
  if (runIsChannels) channels = 1;
  int32_t runsPerChannel = runIsChannels ? 1 : 1 + nextBelow(3), runs = channels * runsPerChannel;
  int64_t size = (int64_t)runs * length, all = 50;
  bool bytes = nextBelow(2);
  result x = newResult(size * blocks * 16);
  int32_t *indices = newIntegers(samples), *blockOffset = newIntegers(blocks);
  for (int32_t i = 0; i < samples; i++) indices[i] = nextBelow((int32_t)all);
  for (int32_t b = 0; b < blocks; b++) blockOffset[b] = (int32_t)(b * size * 16);
  uint8_t *pixels = newBytes((size_t)(bytes ? size * all : 1));
  for (int64_t i = 0; bytes && i < size * all; i++) pixels[i] = (uint8_t)nextWord();
  clanes_step step = {.samples = samples, .indices = indices};
  clanes_batch a = {.step = &step, .bytes = bytes ? pixels : NULL, .floats = bytes ? NULL : newFloats(size * all, 0)};
  a.x = x.values;
  a.runs = runs;
  a.length = length;
  a.runsPerChannel = runsPerChannel;
  a.blocks = blocks;
  a.channelStride = (int64_t)runsPerChannel * length * 16;
  a.runStride = length * 16;
  a.elementStride = 16;
  a.blockOffset = blockOffset;
  a.runIsChannels = runIsChannels;
  a.multiplier = newFloats(runIsChannels ? length : channels, 0);
  a.shift = newFloats(runIsChannels ? length : channels, 0);
  a.moves = moved ? newMoves(samples, runsPerChannel, length) : NULL;
  runParts(table->batch, &a, parts);
  return digestResult(seed, x, "batch");
}

// A layer with random terms of density 1/2; every input has at least one reader, as fused layers want it.
static clanes_fused_layer fusedLayer(int32_t rows, int32_t inputs, int32_t blocks, int32_t first, bool isFirst, float *y,
                                     float *dy) {
  int32_t *start = newIntegers(rows + 1), *input = newIntegers(rows * inputs), *term = newIntegers(rows * inputs);
  int32_t *backStart = newIntegers(inputs + 1), *backRow = newIntegers(rows * inputs), terms = 0, back = 0;
  int32_t *backTerm = newIntegers(rows * inputs);
  for (int32_t r = 0; r < rows; r++) {
    start[r] = terms;
    for (int32_t i = 0; i < inputs; i++) {
      bool kept = nextBelow(2) || r == i % rows;
      term[r * inputs + i] = kept ? terms : -1;
      if (kept) input[terms++] = i * 16 * blocks;
    }
  }
  start[rows] = terms;
  for (int32_t i = 0; i < inputs; i++) {
    backStart[i] = back;
    for (int32_t r = 0; r < rows; r++) {
      if (term[r * inputs + i] < 0) continue;
      backRow[back] = r * 16 * blocks;
      backTerm[back++] = term[r * inputs + i];
    }
  }
  backStart[inputs] = back;
  return (clanes_fused_layer){rows, terms, start, input, isFirst ? NULL : backStart, backRow, backTerm, first, y, dy};
}

// Five steps of a network of one to four layers, then its evaluation.
static uint64_t smallNetworkCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  (void)parts;
  static const int32_t widths[] = {1, 2, 3, 4, 5, 9, 17}, blockCounts[] = {1, 2, 4, 5, 8, 9, 17};
  enum { steps = 5 };
  int32_t layerCount = 1 + nextBelow(4), features = CHOOSE(widths), blocks = CHOOSE(blockCounts), inputs = features;
  int32_t count = 0, largest = 0;
  int64_t size = 16 * blocks;
  clanes_fused_layer layers[4];
  result y[4], dy[4];
  for (int32_t i = 0; i < layerCount; i++) {
    int32_t rows = i + 1 == layerCount ? 1 : CHOOSE(widths);
    y[i] = newResult(rows * size);
    dy[i] = newResult(rows * size);
    layers[i] = fusedLayer(rows, inputs, blocks, count, i == 0, y[i].values, dy[i].values);
    int32_t slots = layers[i].terms + rows;
    count += (slots + 15) / 16 * 16;
    largest = slots > largest ? slots : largest;
    inputs = rows;
  }
  int32_t idle = 16 * nextBelow(2);
  result weight = newResult(count + idle), moment = newResult(count + idle), gradient = newResult(count + idle);
  result lossSum = newResult(steps), correct = newResult(steps), folded = newResult((largest + 7) / 8 * 64);
  for (int64_t i = 0; i < weight.count; i++) weight.values[i] = moment.values[i] = gradient.values[i] = 0;
  for (int32_t i = 0; i < layerCount; i++)
    for (int32_t k = 0; k < layers[i].terms + layers[i].rows; k++) weight.values[layers[i].first + k] = nextFloat();
  for (int32_t i = 0; i < idle; i++) weight.values[count + i] = nextFloat();
  int32_t *labels = newIntegers(steps * size);
  for (int64_t i = 0; i < steps * size; i++) labels[i] = nextBelow(2);
  for (int32_t i = 0; i < steps; i++) lossSum.values[i] = correct.values[i] = 0;
  float *rates = newFloats(steps, 0);
  clanes_fused a = {.layers = layers, .layerCount = layerCount, .blocks = blocks, .steps = steps, .labels = labels};
  a.x = newFloats(steps * features * size, 0);
  a.xStride = features * size;
  a.rate = rates;
  a.weight = weight.values;
  a.moment = moment.values;
  a.gradient = gradient.values;
  a.count = count + idle;
  a.folded = folded.values;
  a.momentum = 0.9f;
  a.decay = 1e-3f;
  a.nesterov = nextBelow(2);
  a.lossSum = nextBelow(2) ? lossSum.values : NULL;
  table->fusedTraining(&a);
  uint64_t digest = digestResult(digestResult(seed, weight, "fused"), lossSum, "fused");
  labels[steps * size - 1] = -1;
  a.lossSum = lossSum.values;
  a.correct = correct.values;
  table->fusedEvaluation(&a);
  digest = digestResult(digestResult(digest, lossSum, "fused"), correct, "fused");
  for (int32_t i = 0; i < layerCount; i++)
    digest = digestResult(digestResult(digest, y[i], "fused"), dy[i], "fused");
  (void)digestResult(0, folded, "fused");
  return digestResult(digestResult(digest, moment, "fused"), gradient, "fused");
}

#include "attack_cases.h"
#include "packed_cases.h"

static uint64_t elementaryCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  (void)parts;
  int32_t count = 16 * 64;
  float *x = newFloats(count, 0);
  result e = newResult(count), l = newResult(count);
  for (int32_t i = 0; i < count; i++) x[i] *= 100;
  table->elementary(0, x, e.values, count);
  for (int32_t i = 0; i < count; i++) {
    uint32_t bits = (1 + nextWord() % 254) << 23 | nextWord() >> 9;
    memcpy(x + i, &bits, sizeof(bits));
  }
  table->elementary(1, x, l.values, count);
  return digestResult(digestResult(seed, e, "exp"), l, "log");
}

// Five tasks that hand a vector on, run by a pool of `parts` threads again and again.
static uint64_t poolCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int64_t count = 16 * 31;
  result a = newResult(count), b = newResult(count);
  int32_t *reverse = newIntegers(count);
  for (int32_t i = 0; i < count; i++) {
    reverse[i] = (int32_t)count - 1 - i;
    a.values[i] = nextFloat();
    b.values[i] = 0;
  }
  clanes_gather there = {b.values, a.values, reverse, count}, back = {a.values, b.values, reverse, count};
  clanes_sum rectify = {.x = b.values, .y = b.values, .gate = newFloats(count, 0), .count = count};
  clanes_task tasks[] = {
      {table->gather, &there, false, false}, {table->sum, &rectify, false, true}, {table->gather, &back, true, true},
      {table->gather, &there, true, false},  {table->gather, &back, false, true},
  };
  clanes_pool *pool = clanes_pool_create(parts);
  if (!pool) exit(70);
  for (int round = 0; round < 20; round++) clanes_pool_run(pool, tasks, 5);
  clanes_pool_destroy(pool);
  return digestResult(digestResult(seed, a, "pool"), b, "pool");
}

static const struct {
  const char *name;
  kernelCase run;
  int32_t rounds;
} kernels[] = {
    {"sparseProduct", sparseProductCase, 80},
    {"denseProduct", denseProductCase, 60},
    {"sparseAgainstDense", sparseAgainstDenseCase, 40},
    {"sparseGradient", sparseGradientCase, 60},
    {"denseGradient", denseGradientCase, 30},
    {"window", windowCase, 60},
    {"norm", normCase, 150},
    {"loss", lossCase, 200},
    {"sgd", sgdCase, 100},
    {"adam", adamCase, 100},
    {"gather", gatherCase, 50},
    {"sum", sumCase, 60},
    {"batch", batchCase, 120},
    {"small network", smallNetworkCase, 150},
    {"attack", attackCase, 120},
    {"attackLoss", attackLossCase, 200},
    {"elementary", elementaryCase, 50},
    {"pool", poolCase, 5},
    {"packed product", packedProductCase, 150},
    {"real product", realProductCase, 80},
    {"bit pool", bitPoolCase, 60},
    {"additions", additionsCase, 80},
};

static void run(const clanes_table *table) {
  for (size_t k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
    uint64_t digest = 0xcbf29ce484222325;
    for (int32_t round = 0; round < kernels[k].rounds; round++) {
      uint64_t first = 0;
      for (int32_t parts = 1; parts <= 3; parts++) {
        state = (uint32_t)(k * 1000003 + (size_t)round * 7919 + 1) * 0x9e3779b9u;
        uint64_t found = kernels[k].run(table, 17, parts);
        freeBuffers();
        if (parts == 1) first = found;
        expect(found == first, kernels[k].name, "the number of parts changes bits");
      }
      digest = digestOf(digest, &first, sizeof(first));
    }
    printf("%-18s %016llx\n", kernels[k].name, (unsigned long long)digest);
  }
}

#if defined(KERNEL_BITS_TILES)
// The AVX-512 level's code compiled for AVX2, so that its tiles are tested on machines without AVX-512.
extern const clanes_table clanes_table_tiles;
#endif

int main(int count, char **arguments) {
  const char *wanted = count == 2 ? arguments[1] : "";
  for (int32_t level = 0; level < clanesLevels; level++) {
    if (!clanes_level(level)) continue;
    if (!strcmp(wanted, "levels")) puts(clanes_level_name(level));
    if (!strcmp(wanted, clanes_level_name(level))) {
      run(clanes_level(level));
      return failures ? 1 : 0;
    }
  }
#if defined(KERNEL_BITS_TILES)
  if (!strcmp(wanted, "tiles")) {
    run(&clanes_table_tiles);
    return failures ? 1 : 0;
  }
#endif
  if (!strcmp(wanted, "levels")) return 0;
  fprintf(stderr, "usage: kernel_bits levels | LEVEL (one that this machine can run)\n");
  return 64;
}
