// Networks of signs: products of bits against sums one by one, real inputs, and pooling. Included by kernel_bits.c.

static uint64_t *newWords(int64_t count) {
  uint64_t *words = newBytes((size_t)count * sizeof(uint64_t));
  for (int64_t i = 0; i < count; i++) words[i] = (uint64_t)nextWord() << 32 | nextWord();
  return words;
}

// Outputs of `positions` positions, `rows` to a group; bits or floats. Places lie apart, between guards.
static clanes_packed_output newPackedOutput(int32_t positions, int32_t groups, int32_t rows, int32_t inputStep, bool isBits,
                                            result *out) {
  int32_t words = (groups * rows + 63) / 64, step = isBits ? words + 1 : groups * rows + 3;
  *out = newResult((int64_t)positions * step * (isBits ? 2 : 1));
  clanes_packed_output o = {.positions = positions, .groups = groups};
  memset(out->values, 0, (size_t)out->count * sizeof(float));
  if (isBits) o.bits = (uint64_t *)out->values;
  else o.floats = out->values;
  int32_t *x = newIntegers(positions), *y = newIntegers(positions);
  for (int32_t p = 0; p < positions; p++) x[p] = p * inputStep, y[p] = (positions - 1 - p) * step;
  o.xPosition = x;
  o.yPosition = y;
  o.flip = (const uint8_t *)newWords(groups * rows / 64 + 1);
  o.bias = newFloats(groups * rows, 0);
  return o;
}

// What the kernel computes, one weight after the other.
static void expectProducts(const clanes_packed_product *a, const result *out) {
  int32_t rows = 8 * a->out.groups;
  for (int32_t p = 0; p < a->out.positions; p++)
    for (int32_t r = 0; r < rows; r++) {
      int32_t sum = a->start[a->edge[p] * rows + r];
      for (int32_t k = 0; k < a->words; k++) {
        const uint64_t *w = a->weight + ((int64_t)(r / 8) * a->words + k) * 16 + r % 8;
        uint64_t differing = w[8] & (w[0] ^ a->x[a->out.xPosition[p] + a->offset[k]]);
        for (int32_t bit = 0; bit < 64; bit++) sum -= 2 * (int32_t)(differing >> bit & 1);
      }
      if (a->out.bits) {
        bool flips = a->out.flip[r / 8] >> r % 8 & 1;
        bool found = a->out.bits[a->out.yPosition[p] + r / 64] >> r % 64 & 1;
        expect(found == ((sum >= a->threshold[r]) != flips), "packedProduct", "another bit than the sum gives");
      } else {
        float value = __builtin_fmaf(a->gain, (float)sum, a->out.bias[r]);
        expect(out->values[a->out.yPosition[p] + r] == value, "packedProduct", "another number than the sum");
      }
    }
}

static uint64_t packedProductCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t groups = 1 + nextBelow(9), words = 1 + nextBelow(20), positions = CHOOSE(positionCounts), edges = 3;
  result out;
  clanes_packed_product a = {
      .out = newPackedOutput(positions, groups, 8, words + 2, nextBelow(2), &out), .words = words, .gain = nextFloat()};
  a.x = newWords((int64_t)positions * (words + 2));
  a.weight = newWords((int64_t)groups * words * 16);
  a.offset = offsetsOf(NULL, words, 1);
  uint16_t *edge = newBytes((size_t)positions * sizeof(uint16_t));
  for (int32_t p = 0; p < positions; p++) edge[p] = (uint16_t)nextBelow(edges);
  int32_t *start = newIntegers(edges * groups * 8), *threshold = newIntegers(groups * 8);
  for (int32_t i = 0; i < edges * groups * 8; i++) start[i] = words * 32 + nextBelow(40);
  for (int32_t i = 0; i < groups * 8; i++) threshold[i] = nextBelow(10) ? nextBelow(40) - 20 : INT32_MAX;
  a.edge = edge;
  a.start = start;
  a.threshold = threshold;
  runParts(table->packedProduct, &a, parts);
  expectProducts(&a, &out);
  return digestResult(seed, out, "packedProduct");
}

static uint64_t realProductCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t groups = 1 + nextBelow(5), terms = CHOOSE(sizes), positions = CHOOSE(positionCounts);
  result out;
  clanes_real_product a = {.out = newPackedOutput(positions, groups, 16, terms + 1, nextBelow(2), &out), .terms = terms};
  a.x = newFloats((int64_t)positions * (terms + 1), 0);
  a.weight = newFloats((int64_t)groups * terms * 16, 0);
  a.offset = offsetsOf(NULL, terms, 1);
  a.threshold = newFloats(groups * 16, 0);
  runParts(table->realProduct, &a, parts);
  return digestResult(seed, out, "realProduct");
}

static uint64_t bitPoolCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t words = 1 + nextBelow(9), positions = CHOOSE(positionCounts), taps = 1 + nextBelow(4);
  result out = newResult((int64_t)positions * words * 2);
  clanes_bit_pool a = {.y = (uint64_t *)out.values, .positions = positions, .taps = taps, .words = words};
  a.x = newWords((int64_t)positions * taps * words);
  a.xPosition = offsetsOf(NULL, positions, taps * words);
  a.yPosition = offsetsOf(NULL, positions, words);
  a.tap = offsetsOf(NULL, taps, words);
  a.flip = newWords(words);
  runParts(table->bitPool, &a, parts);
  return digestResult(seed, out, "bitPool");
}

// Sums of the inputs of positive weights less those of negative ones, times the weights' size.
static uint64_t additionsCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t rows = CHOOSE(sizes), inputs = CHOOSE(sizes), positions = CHOOSE(positionCounts);
  int32_t group = nextGroup(positions);
  tensor x = newTensor(inputs, positions, group), y = newTensor(rows, positions, group);
  terms t = newTerms(rows, inputs, nextBelow(2) ? inputs : (inputs + 2) / 3, 1 + nextBelow(12));
  result out = newResult(y.count);
  clanes_sparse_product a = {.out = newOutput(x, y, out), .blocks = t.blocks, .start = t.start};
  a.out.addend = NULL;
  a.out.norm = a.out.scale = NULL;
  a.offset = offsetsOf(t.input, t.count, x.rowStride);
  int32_t *split = newIntegers((int64_t)t.blocks * rows);
  float *weight = newFloats(t.count, 0), size = nextFloat();
  for (int32_t i = 0; i < t.blocks * rows; i++) {
    split[i] = t.start[i] + nextBelow(t.start[i + 1] - t.start[i] + 1);
    for (int32_t k = t.start[i]; k < t.start[i + 1]; k++) weight[k] = k < split[i] ? size : -size;
  }
  a.weight = weight;
  a.split = split;
  if (nextBelow(2)) stream(&a, x, inputs, parts);
  runParts(table->sparseProduct, &a, parts);
  for (int32_t r = 0; r < rows; r++)
    for (int32_t p = 0; p < positions; p++)
      for (int32_t lane = 0; lane < 16; lane++) {
        float sum = 0.0f;
        for (int32_t b = 0; b < t.blocks; b++)
          for (int32_t i = b * rows + r, k = t.start[i]; k < t.start[i + 1]; k++) {
            float input = a.out.x[a.out.xPosition[p] + a.offset[k] + lane];
            sum = k < split[i] ? sum + input : sum - input;
          }
        int64_t at = r * a.out.rowStride + a.out.yPosition[p] + lane;
        float value = __builtin_fmaf(t.count ? __builtin_fabsf(size) : 0.0f, sum, a.out.bias ? a.out.bias[r] : 0.0f);
        if (a.out.relu && !(value > 0.0f)) value = 0.0f;
        if (a.out.gate && !(a.out.gate[at] > 0.0f)) value = 0.0f;
        expect(out.values[at] == value, "additions", "another number than the sum");
      }
  return digestResult(seed, out, "additions");
}
