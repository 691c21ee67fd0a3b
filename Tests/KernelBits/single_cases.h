// Kernels of one sample, against sums one by one. Included by kernel_bits.c.

static uint64_t placeProductCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t rows = CHOOSE(sizes), halves = 2 * CHOOSE(positionCounts) - nextBelow(2), inputs = 40, count = 0;
  int32_t places = 8 * halves, stride = places + 5;
  int64_t reach = places + 200;
  result out = newResult((int64_t)rows * stride);
  memset(out.values, 0, (size_t)out.count * sizeof(float));
  clanes_place_product a = {.x = newFloats(reach, 0), .y = out.values, .rows = rows, .halves = halves};
  int32_t *start = newIntegers(rows + 1), *offset = newIntegers((int64_t)rows * inputs), *rowAt = newIntegers(rows);
  for (int32_t r = 0; r < rows; r++) {
    for (int32_t i = 0; i < inputs; i++)
      if (!nextBelow(4)) offset[count++] = 5 * i;
    start[r + 1] = count;
    rowAt[r] = (rows - 1 - r) * stride;
  }
  float *keep = newFloats(places, 0);
  for (int32_t p = 0; p < places; p++) keep[p] = nextBelow(9) ? 1 : 0;
  a.start = start, a.offset = offset, a.rowAt = rowAt, a.keep = keep;
  a.weight = newFloats(count, 0), a.bias = newFloats(rows, 0), a.relu = nextBelow(2);
  a.addend = nextBelow(2) ? newFloats(out.count, 0) : NULL;
  runParts(table->placeProduct, &a, parts);
  for (int32_t r = 0; r < rows; r++)
    for (int32_t p = 0; p < places; p++) {
      float sum = a.addend ? a.bias[r] + a.addend[rowAt[r] + p] : a.bias[r];
      for (int32_t t = start[r]; t < start[r + 1]; t++) sum = __builtin_fmaf(a.weight[t], a.x[offset[t] + p], sum);
      if ((a.relu && !(sum > 0)) || keep[p] == 0) sum = 0;
      expect(out.values[rowAt[r] + p] == sum, "placeProduct", "another number than the sum");
    }
  return digestResult(seed, out, "placeProduct");
}

static uint64_t outputProductCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t blocks = 1 + nextBelow(5), steps = nextBelow(30), width = 16 * clanesOutputGroups, all = blocks * steps;
  result out = newResult((int64_t)blocks * width);
  clanes_output_product a = {.x = newFloats(300, clanesOutputWindow), .y = out.values, .blocks = blocks};
  int32_t *start = newIntegers(blocks + 1), *window = newIntegers(all);
  uint8_t *lane = newBytes((size_t)all * width);
  for (int32_t b = 0; b <= blocks; b++) start[b] = b * steps;
  for (int32_t s = 0; s < all; s++) window[s] = nextBelow(300);
  for (int64_t i = 0; i < (int64_t)all * width; i++) lane[i] = (uint8_t)nextBelow(clanesOutputWindow);
  a.start = start, a.window = window, a.lane = lane, a.relu = nextBelow(2);
  a.weight = newFloats((int64_t)all * width, 0), a.bias = newFloats(out.count, 0);
  a.addend = nextBelow(2) ? newFloats(out.count, 0) : NULL;
  runParts(table->outputProduct, &a, parts);
  for (int32_t i = 0; i < blocks * width; i++) {
    float sum = a.addend ? a.bias[i] + a.addend[i] : a.bias[i];
    for (int32_t s = start[i / width]; s < start[i / width + 1]; s++) {
      int64_t at = (int64_t)s * width + i % width;
      sum = __builtin_fmaf(a.weight[at], a.x[window[s] + lane[at]], sum);
    }
    expect(out.values[i] == (a.relu && !(sum > 0) ? 0 : sum), "outputProduct", "another number than the sum");
  }
  return digestResult(seed, out, "outputProduct");
}

static uint64_t placePoolCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  int32_t size = 1 + nextBelow(3), step = nextBelow(3) ? size : 1 + nextBelow(3), rows = 1 + nextBelow(9);
  int32_t columns = 1 + nextBelow(33), channels = 1 + nextBelow(7), pitch = columns * step + size + 16;
  clanes_place_pool a = {.channels = channels, .xPitch = pitch, .xChannel = pitch * (rows * step + size) + 3};
  a.rows = rows, a.columns = columns, a.height = size, a.width = size, a.stride = step, a.maximum = nextBelow(2);
  a.yPitch = columns + 2, a.yChannel = rows * a.yPitch + 1;
  result out = newResult((int64_t)channels * a.yChannel);
  memset(out.values, 0, (size_t)out.count * sizeof(float));
  a.x = newFloats((int64_t)channels * a.xChannel, 16);
  a.y = out.values;
  runParts(table->placePool, &a, parts);
  return digestResult(seed, out, "placePool");
}
