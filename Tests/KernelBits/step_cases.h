// What else a training step is made of: loss, updates, moved and chosen samples; and small networks in one kernel. Included by kernel_bits.c.

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
  return digestOfFloats(digestResult(seed, dz, "loss"), sums, 2);
}

// Targets of 1, 0, -1 and between; classes may have any number of ones, and boxes none of a size.
static float *newTargets(int64_t count) {
  float *targets = newFloats(count, 0);
  for (int64_t i = 0; i < count; i++) {
    int32_t kind = nextBelow(4);
    targets[i] = kind == 0 ? 1.0f : kind == 1 ? 0.0f : targets[i] * targets[i] * 3.0f;
    if (nextBelow(8) == 0) targets[i] = -1.0f;
  }
  return targets;
}

static uint64_t outputLossCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t samples = 1 + nextBelow(70), blocks = (samples + 15) / 16, places = 1 + nextBelow(20), first = 0;
  clanes_output_term term[7];
  for (int32_t i = 0; i < 7; i++) {
    int32_t kind = i == 0 ? clanesPresence : nextBelow(7);
    bool isBox = kind == clanesBoxOverlap || kind == clanesBoxSides;
    int32_t channels = isBox ? 4 : 1 + nextBelow(3);
    term[i] = (clanes_output_term){kind, first, channels, places, 0, nextFloat(), 0.0f};
    if (nextBelow(2)) term[i].dice = nextFloat();
    first += channels * places;
  }
  tensor z = newTensor(first, blocks, nextGroup(blocks));
  float *logits = newFloats(z.count, 0);
  float scale = nextBelow(4) ? 5.0f : 200.0f;
  for (int64_t i = 0; i < z.count; i++) logits[i] *= scale;
  result dz = newResult(z.count), losses = newResult((int64_t)blocks * 7 * 16);
  clanes_step step = {.samples = samples};
  clanes_output_loss a = {&step, logits, nextBelow(4) ? dz.values : NULL, newTargets(z.count), z.rowStride, z.rowStride};
  a.position = a.targetPosition = z.position;
  a.term = term;
  a.terms = 7;
  a.blocks = blocks;
  a.losses = losses.values;
  runParts(table->outputLoss, &a, parts);
  clanes_output_loss_sum sum = {&step, losses.values, 7, blocks};
  runParts(table->outputLossSum, &sum, parts);
  uint64_t digest = digestResult(digestResult(seed, dz, "output loss"), losses, "output loss");
  return digestOfFloats(digest, &step.lossSum, 1);
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
