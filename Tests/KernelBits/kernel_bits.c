// Runs every kernel of one CPU level on made-up numbers of many shapes and prints one digest a kernel. Equal digests mean
// equal bits. Built for several processors by compare.sh, and with sanitizers by sanitize.sh.
//
//   kernel_bits levels      the levels that this machine can run
//   kernel_bits LEVEL       one line a kernel: name, digest
//
// Every case is run in one part, in two and in three; all must leave the same bits. Results lie between guards, which no
// kernel may touch, and no buffer is longer than include/clanes.h says that kernels may read.
#include <unistd.h>

#include "made_up.h"
#include "product_cases.h"
#include "gradient_cases.h"
#include "norm_cases.h"
#include "step_cases.h"
#include "attack_cases.h"
#include "packed_cases.h"
#include "single_cases.h"

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

typedef struct {
  result sums;
  bool *wentAlone;
} heldUpTask;

static void heldUp(const void *arguments, int32_t part, int32_t parts) {
  const heldUpTask *a = arguments;
  if (part > 0) usleep(2000);
  if (parts == 1) *a->wentAlone = true;
  int64_t count = a->sums.count;
  for (int64_t i = count * part / parts; i < count * (part + 1) / parts; i++) a->sums.values[i] += 1;
}

// All threads but the caller are held up, as on a busy machine: it goes on alone, and every part is still done once.
static uint64_t heldUpCase(const clanes_table *table, uint32_t seed, int32_t parts) {
  (void)table;
  bool wentAlone = parts == 1;
  heldUpTask task = {newResult(100), &wentAlone};
  for (int64_t i = 0; i < task.sums.count; i++) task.sums.values[i] = 0;
  clanes_task tasks[] = {{heldUp, &task, false, false}, {heldUp, &task, false, true}};
  clanes_pool *pool = clanes_pool_create(parts);
  if (!pool) exit(70);
  for (int round = 0; round < 40; round++) clanes_pool_run(pool, tasks, 2);
  clanes_pool_destroy(pool);
  expect(wentAlone, "pool", "waits for threads that are held up");
  for (int64_t i = 0; i < task.sums.count; i++) expect(task.sums.values[i] == 80, "pool", "a part done twice or not at all");
  return digestResult(seed, task.sums, "pool");
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
    {"norm epilogue", normEpilogueCase, 150},
    {"loss", lossCase, 200},
    {"output loss", outputLossCase, 200},
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
    {"threads held up", heldUpCase, 2},
    {"packed product", packedProductCase, 150},
    {"product of places", placeProductCase, 150},
    {"product of outputs", outputProductCase, 150},
    {"pool of places", placePoolCase, 150},
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
