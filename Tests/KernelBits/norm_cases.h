// Batch norm: images and flat features, halos, partial groups of blocks and partial batches. Included by kernel_bits.c.

typedef struct {
  int32_t channels, height, width, blocks, group, halo;
  int64_t rowStride, channelStride, groupStride, count, origin;
} image;

static image newImage(int32_t channels, int32_t height, int32_t width, int32_t blocks, int32_t group, int32_t halo) {
  image i = {channels, height, width, blocks, group, halo, (int64_t)(width + 2 * halo) * group * 16, 0, 0, 0, 0};
  i.channelStride = (height + 2 * halo) * i.rowStride;
  i.groupStride = channels * i.channelStride;
  i.count = (blocks + group - 1) / group * i.groupStride;
  i.origin = halo * (i.rowStride + group * 16);
  return i;
}

static clanes_plane *newPlanes(image x, image y) {
  int32_t groups = (x.blocks + x.group - 1) / x.group;
  clanes_plane *planes = newBytes((size_t)groups * sizeof(clanes_plane));
  for (int32_t g = 0; g < groups; g++) {
    int32_t left = x.blocks - g * x.group;
    planes[g] = (clanes_plane){g * x.groupStride, g * y.groupStride, g * x.group, left < x.group ? left : x.group};
  }
  return planes;
}

// Where no value of an image lies, no kernel may write: those places keep the numbers that they had.
static uint64_t normCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  static const int32_t sides[] = {1, 1, 2, 3, 5, 8};
  int32_t channels = 1 + nextBelow(40), height = CHOOSE(sides), width = CHOOSE(sides), blocks = 1 + nextBelow(9);
  int32_t group = nextBelow(2) ? 1 : blocks < 4 ? blocks : 4, samples = 16 * blocks - nextBelow(nextBelow(2) ? 16 : 16 * blocks);
  image x = newImage(channels, height, width, blocks, group, nextBelow(2));
  image y = newImage(channels, height, width, blocks, group, nextBelow(2));
  clanes_step step = {.samples = samples, .statisticsShare = 0.25f};
  result out = newResult(y.count), dx = newResult(x.count), kept = newResult(6 * channels);
  for (int64_t i = 0; i < x.count; i++) dx.values[i] = nextFloat();
  for (int64_t i = 0; i < kept.count; i++) kept.values[i] = 1 + nextFloat() / 2;
  clanes_norm a = {.step = &step, .x = newFloats(x.count, 0) + x.origin, .y = out.values + y.origin};
  a.plane = newPlanes(x, y);
  a.planes = (blocks + group - 1) / group;
  a.channels = channels;
  a.height = height;
  a.width = width;
  a.xRow = x.rowStride;
  a.yRow = y.rowStride;
  a.placeStride = 16 * group;
  a.xStride = x.channelStride;
  a.yStride = y.channelStride;
  a.pass = nextBelow(3);
  a.streams = nextBelow(2);
  a.momentum = 0.1f;
  a.epsilon = 1e-5f;
  a.relu = nextBelow(2);
  if (nextBelow(3)) a.scale = newFloats(channels, 0), a.shift = newFloats(channels, 0);
  if (nextBelow(3) == 0) a.addend = newFloats(y.count, 0) + y.origin;
  a.mean = kept.values;
  a.inverse = kept.values + channels;
  a.runningMean = kept.values + 2 * channels;
  a.runningVariance = kept.values + 3 * channels;
  runParts(table->normalise, &a, parts);
  clanes_norm_gradient b = {.norm = a, .dy = newFloats(y.count, 0) + y.origin, .dx = dx.values + x.origin};
  b.gated = nextBelow(2);
  b.accumulate = nextBelow(2);
  b.scaleGradient = nextBelow(2) ? kept.values + 4 * channels : NULL;
  b.shiftGradient = b.scaleGradient ? kept.values + 5 * channels : NULL;
  if (nextBelow(5) == 0) b.dx = NULL;
  runParts(table->normaliseGradient, &b, parts);
  return digestResult(digestResult(digestResult(seed, out, "normalise"), dx, "normaliseGradient"), kept, "normalise");
}

// Batch norm in evaluation as the end of a product, and its gradient as the end of the next one, against kernels of
// their own.
static uint64_t normEpilogueCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t rows = CHOOSE(sizes), inputs = CHOOSE(sizes), positions = CHOOSE(positionCounts), group = nextGroup(positions);
  group = group > 4 ? 4 : group;
  int32_t groups = (positions + group - 1) / group;
  tensor x = newTensor(inputs, positions, group), y = newTensor(rows, positions, group);
  terms t = newTerms(rows, inputs, inputs, 1 + nextBelow(12));
  result apart = newResult(y.count), together = newResult(y.count), output = newResult(y.count), kept = newResult(2 * rows);
  clanes_step step = {.samples = 16 * positions};
  clanes_norm norm = {.step = &step, .x = apart.values, .y = output.values, .channels = rows, .height = 1, .width = 1};
  clanes_plane *planes = newBytes((size_t)groups * sizeof(clanes_plane));
  for (int32_t g = 0; g < groups; g++) {
    int32_t left = positions - g * group;
    int64_t at = (int64_t)g * rows * group * 16;
    planes[g] = (clanes_plane){at, at, g * group, left < group ? left : group};
  }
  norm.plane = planes;
  norm.planes = groups;
  norm.xStride = norm.yStride = norm.xRow = norm.yRow = y.rowStride;
  norm.placeStride = 16 * group;
  norm.pass = clanesEvaluation;
  norm.epsilon = 1e-5f;
  norm.relu = nextBelow(2);
  if (nextBelow(3)) norm.scale = newFloats(rows, 0), norm.shift = newFloats(rows, 0);
  norm.addend = nextBelow(2) ? newFloats(y.count, 0) : NULL;
  norm.mean = kept.values;
  norm.inverse = kept.values + rows;
  float *mean = newFloats(rows, 0), *variance = newPositive(rows);
  norm.runningMean = mean, norm.runningVariance = variance;
  clanes_norm_line *lines = newLines(rows);
  clanes_norm_lines l = {lines, norm.scale, norm.shift, mean, variance, rows, norm.epsilon};
  runParts(table->normLines, &l, parts);
  clanes_sparse_product a = {.out = {.x = newFloats(x.count, 0), .y = apart.values, .xPosition = x.position}};
  a.out.yPosition = y.position;
  a.out.positions = positions;
  a.out.rows = rows;
  a.out.rowStride = y.rowStride;
  a.out.bias = nextBelow(2) ? newFloats(rows, 0) : NULL;
  a.blocks = 1;
  a.start = t.start;
  a.offset = offsetsOf(t.input, t.count, x.rowStride);
  a.weight = newFloats(t.count, 0);
  clanes_sparse_product b = a;
  runParts(table->sparseProduct, &a, parts);
  runParts(table->normalise, &norm, parts);
  b.out.y = together.values;
  b.out.norm = lines;
  b.out.addend = norm.addend;
  b.out.relu = norm.relu;
  runParts(table->sparseProduct, &b, parts);
  expect(!memcmp(output.values, together.values, (size_t)y.count * sizeof(float)), "norm", "other bits in a product");
  clanes_norm_gradient g = {.norm = norm, .dx = output.values};
  b.out.gate = norm.relu && !norm.addend ? together.values : NULL;
  g.norm.relu = b.out.gate != NULL;
  float *dy = newFloats(y.count, 0);
  a.out.bias = NULL;
  a.out.y = dy;
  g.dy = dy;
  runParts(table->sparseProduct, &a, parts);
  runParts(table->normaliseGradient, &g, parts);
  result back = newResult(y.count);
  b.out.y = back.values;
  b.out.bias = NULL;
  b.out.norm = NULL;
  b.out.addend = NULL;
  b.out.relu = false;
  b.out.scale = lines;
  runParts(table->sparseProduct, &b, parts);
  expect(!memcmp(output.values, back.values, (size_t)y.count * sizeof(float)), "norm", "other gradients in a product");
  return digestResult(digestResult(seed, together, "sparseProduct"), back, "sparseProduct");
}
