// Perturbed inputs: images and flat features, halos, partial groups of blocks and partial batches. Included by
// kernel_bits.c, after norm_cases.h.

static clanes_image imageOf(image i) {
  return (clanes_image){i.blocks, i.group, i.channels, i.height, i.width, i.rowStride, i.channelStride, i.groupStride};
}

// A random start, a step, its norms, and a choice of samples, on the same buffers.
static uint64_t attackCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  static const int32_t sides[] = {1, 1, 2, 3, 5, 8};
  int32_t channels = 1 + nextBelow(4), height = CHOOSE(sides), width = CHOOSE(sides), blocks = 1 + nextBelow(9);
  int32_t group = nextGroup(blocks), lanes = 16 * blocks, samples = lanes - nextBelow(16);
  image m = newImage(channels, height, width, blocks, group, nextBelow(3));
  int32_t *indices = newIntegers(samples);
  for (int32_t i = 0; i < samples; i++) indices[i] = nextBelow(1 << 30);
  clanes_step step = {.samples = samples, .indices = indices};
  clanes_noise noise = {{nextWord(), nextWord()}, {nextWord(), nextWord()}};
  result pixels = newResult(m.count), x = newResult(m.count), previous = newResult(m.count), norms = newResult(4 * lanes);
  for (int64_t i = 0; i < m.count; i++) {
    pixels.values[i] = nextFloat();
    previous.values[i] = nextFloat();
  }
  float *clean = newFloats(m.count, 0), *dx = newFloats(m.count, 0), *multiplier = newPositive(channels);
  for (int64_t i = 0; i < m.count; i++)
    if (nextBelow(9) == 0) dx[i] = 0;
  clanes_start s = {.step = &step, .noise = &noise, .image = imageOf(m), .clean = clean + m.origin};
  s.pixels = pixels.values + m.origin;
  s.x = x.values + m.origin;
  s.radius = newPositive(lanes);
  s.multiplier = multiplier;
  s.shift = newFloats(channels, 0);
  s.low = -0.5f;
  s.high = 0.75f;
  s.kind = nextBelow(4);
  s.pixelsPerSample = channels * height * width;
  runParts(table->startPerturbation, &s, parts);
  clanes_perturb p = {.image = s.image, .clean = s.clean, .pixels = s.pixels, .x = s.x, .radius = s.radius};
  p.dx = nextBelow(6) ? dx + m.origin : NULL;
  p.previous = nextBelow(2) ? previous.values + m.origin : NULL;
  p.stepSize = newPositive(lanes);
  p.active = nextBelow(2) ? newFloats(lanes, 0) : NULL;
  p.multiplier = multiplier;
  p.shift = s.shift;
  p.low = s.low;
  p.high = s.high;
  p.momentum = 0.75f;
  p.direction = nextBelow(2);
  p.ball = nextBelow(2);
  // In two calls, as chains of blocks have it.
  int32_t middle = nextBelow(blocks + 1);
  p.endBlock = middle;
  runParts(table->perturb, &p, parts);
  p.firstBlock = middle, p.endBlock = blocks;
  runParts(table->perturb, &p, parts);
  clanes_measure q = {s.image, s.clean, s.pixels, dx + m.origin, multiplier, norms.values};
  runParts(table->measureSamples, &q, parts);
  clanes_select c = {s.image, previous.values + m.origin, s.pixels, nextBelow(3) ? newFloats(lanes, 0) : NULL};
  runParts(table->selectSamples, &c, parts);
  uint64_t digest = digestResult(digestResult(seed, pixels, "perturb"), x, "perturb");
  return digestResult(digestResult(digest, norms, "measureSamples"), previous, "selectSamples");
}

static uint64_t attackLossCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t classes = 4 + nextBelow(9), blocks = 1 + nextBelow(9), lanes = 16 * blocks, samples = lanes - nextBelow(16);
  tensor z = newTensor(classes, blocks, nextGroup(blocks));
  result dz = newResult(z.count), out = newResult(4 * lanes), reference = newResult((int64_t)lanes * classes);
  int32_t *labels = newIntegers(100), *targets = newIntegers(lanes), *indices = newIntegers(samples);
  for (int32_t i = 0; i < 100; i++) labels[i] = nextBelow(classes);
  for (int32_t i = 0; i < lanes; i++) targets[i] = nextBelow(classes);
  for (int32_t i = 0; i < samples; i++) indices[i] = nextBelow(100);
  for (int64_t i = 0; i < dz.count; i++) dz.values[i] = nextFloat();
  for (int64_t i = 0; i < reference.count; i++) reference.values[i] = 4 * nextFloat();
  clanes_step step = {.samples = samples, .indices = indices};
  clanes_attack_loss a = {.step = &step, .z = newFloats(z.count, 0), .dz = nextBelow(4) ? dz.values : NULL};
  a.kind = nextBelow(8);
  a.classes = classes;
  a.blocks = blocks;
  a.classStride = z.rowStride;
  a.position = z.position;
  a.labels = labels;
  bool targeted = a.kind == clanesAttackTargetedCrossEntropy || a.kind == clanesTargetedLogitRatio;
  a.targets = targeted || nextBelow(2) ? targets : NULL;
  a.reference = reference.values;
  a.result = out.values;
  a.scale = 0.5f;
  a.isMean = nextBelow(2);
  a.classWeights = nextBelow(2) ? newFloats(classes, 0) : NULL;
  a.endBlock = nextBelow(blocks + 1);
  runParts(table->attackLoss, &a, parts);
  a.firstBlock = a.endBlock, a.endBlock = blocks;
  runParts(table->attackLoss, &a, parts);
  return digestResult(digestResult(digestResult(seed, dz, "attackLoss"), out, "attackLoss"), reference, "attackLoss");
}
