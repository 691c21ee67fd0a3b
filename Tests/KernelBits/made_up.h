// Random numbers, guarded results, tensors and terms that the cases are made of. Included by kernel_bits.c.

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

// NaN is NaN: its sign and payload differ by processor (0 / 0 is negative on x86-64, positive on AArch64).
static uint64_t digestOfFloats(uint64_t digest, const float *floats, int64_t count) {
  static const uint32_t nan = 0x7fc00000;
  for (int64_t i = 0; i < count; i++)
    digest = digestOf(digest, floats[i] == floats[i] ? (const void *)(floats + i) : &nan, sizeof(nan));
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
  return digestOfFloats(digest, r.values, r.count);
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

static float *newPositive(int64_t count) {
  float *result = newFloats(count, 0);
  for (int64_t i = 0; i < count; i++) result[i] = 0.25f + 0.125f * result[i]; // the same with and without contraction
  return result;
}

static clanes_norm_line *newLines(int32_t rows) {
  clanes_norm_line *lines = newBytes((size_t)rows * sizeof(clanes_norm_line));
  for (int32_t r = 0; r < rows; r++) lines[r] = (clanes_norm_line){nextFloat(), nextFloat(), nextFloat()};
  return lines;
}

static clanes_output newOutput(tensor x, tensor y, result out) {
  clanes_output o = {.x = newFloats(x.count, 0), .y = out.values, .xPosition = x.position, .yPosition = y.position};
  o.positions = y.positions;
  o.rows = y.rows;
  o.rowStride = y.rowStride;
  o.bias = nextBelow(3) ? newFloats(y.rows, 0) : NULL;
  o.relu = nextBelow(2);
  o.gate = nextBelow(2) ? newFloats(y.count, 0) : NULL;
  o.norm = nextBelow(3) ? NULL : newLines(y.rows);
  o.scale = nextBelow(3) ? NULL : newLines(y.rows);
  switch (nextBelow(3)) {
  case 0: o.addend = newFloats(y.count, 0); break;
  case 1:
    for (int64_t i = 0; i < out.count; i++) out.values[i] = nextFloat();
    o.addend = out.values;
    o.norm = NULL;
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
