// The kernels of Tombola: arithmetic over tensors whose innermost dimension is sixteen samples.
//
// A tensor is a float buffer in which element (row, position) starts at `row * rowStride + offset(position)` and holds
// sixteen samples, 64-byte aligned. Rows are channels or features; a position is a block of sixteen samples together with
// a place in the image. Every kernel is written once over a vector of sixteen floats and compiled at several CPU levels;
// all levels, thread counts and the dense or sparse variant of a kernel give the same bits.
//
// The samples of a batch may have a copy for each part, `xPartStride` floats apart, so that a thread reads what it wrote
// itself; the stride is 0 where all parts share one.
//
// Rules: no allocation, no threads and no errors inside a kernel. A kernel is called as `run(arguments, part, parts)`
// and does its share of the work; shares are disjoint sets of outputs, never partial sums.
#ifndef CLANES_H
#define CLANES_H

#include <stdbool.h>
#include <stdint.h>

#include "clanes_attacks.h"
#include "clanes_fused.h"
#include "clanes_layers.h"
#include "clanes_output_loss.h"
#include "clanes_packed.h"
#include "clanes_products.h"
#include "clanes_steps.h"
#include "clanes_single.h"

enum { clanesWidth = 16 };

// MARK: batches

// How a sample is moved on its way into the network: out[row][column] = in[row + rows][c + columns], where c is the column,
// or if mirrored the same counted from the right. Places outside the sample hold stored zeros.
typedef struct {
  int32_t rows;
  int32_t columns;
  bool mirrored;
} clanes_move;

// x[run][i][block][lane] = value(sample, run * length + i) * multiplier[channel] + shift[channel]
//
// With a part stride every part fills a copy of its own with the whole batch.
typedef struct {
  clanes_step *step;
  const uint8_t *bytes; // [samples][runs * length], or NULL
  const float *floats;  // likewise
  float *x;
  int64_t xPartStride;
  int32_t runs;
  int32_t length;
  int32_t runsPerChannel;
  int32_t blocks;
  int64_t channelStride;
  int64_t runStride; // within a channel
  int64_t elementStride;
  const int32_t *blockOffset; // [blocks], in floats
  const float *multiplier; // [channels]
  const float *shift;
  bool runIsChannels; // there is one run, and each of its elements is a channel
  const clanes_move *moves; // [step->samples], or NULL; runs are then rows of the image
} clanes_batch;

// MARK: the table

typedef void (*clanes_kernel)(const void *arguments, int32_t part, int32_t parts);

typedef struct {
  const char *name;
  clanes_kernel sparseProduct;
  clanes_kernel denseProduct;
  clanes_kernel sparseGradient;
  clanes_kernel denseGradient;
  clanes_kernel pool;
  clanes_kernel poolGradient;
  clanes_kernel normalise;
  clanes_kernel normaliseGradient;
  clanes_kernel normLines;
  clanes_kernel dropout;
  clanes_kernel sign;
  clanes_kernel rotate;
  clanes_kernel loss;
  clanes_kernel outputLoss;
  clanes_kernel outputLossSum;
  clanes_kernel sgd;
  clanes_kernel adam;
  clanes_kernel gather;
  clanes_kernel sum;
  clanes_kernel batch;
  clanes_kernel perturb;
  clanes_kernel startPerturbation;
  clanes_kernel selectSamples;
  clanes_kernel measureSamples;
  clanes_kernel attackLoss;
  void (*fusedTraining)(const clanes_fused *arguments);
  void (*fusedEvaluation)(const clanes_fused *arguments);
  // exp (kind 0) and log (kind 1) of whole vectors, for tests
  void (*elementary)(int32_t kind, const float *x, float *y, int32_t count);
  // multiply-adds per second attainable without memory: runs `rounds` rounds and returns the number of FMAs done
  int64_t (*peak)(int64_t rounds, float *sink);
  // the same with one operand of each out of `count` floats
  int64_t (*loadPeak)(const float *x, int64_t count, int64_t rounds, float *sink);
  clanes_kernel packedProduct;
  clanes_kernel realProduct;
  clanes_kernel bitPool;
  clanes_kernel placeProduct;
  clanes_kernel outputProduct;
  clanes_kernel placePool;
  clanes_kernel placeInput;
} clanes_table;

enum { clanesPortable, clanesAVX2, clanesAVX512, clanesNEON, clanesLevels };

// The table of a level, or NULL where this machine cannot run it.
const clanes_table *clanes_level(int32_t level);
// The best level of this machine.
int32_t clanes_best_level(void);
const char *clanes_level_name(int32_t level);

// MARK: programs and threads

typedef struct {
  clanes_kernel run;
  const void *arguments;
  bool serial;  // only the first thread works
  bool barrier; // no thread starts it before all have ended the tasks before it
} clanes_task;

// Tasks that one thread runs by itself, in order, and so many times over.
typedef struct {
  const clanes_task *tasks;
  int32_t count;
  int32_t rounds;
} clanes_chain;

// Chains that have nothing to do with each other.
typedef struct {
  const clanes_chain *chain;
  int32_t chains;
} clanes_chains;

// A kernel whose arguments are clanes_chains: a part runs whole chains.
void clanes_run_chains(const void *arguments, int32_t part, int32_t parts);

typedef struct clanes_pool clanes_pool;

// A pool of `threads` threads, the caller's among them; NULL where the system gives no thread.
clanes_pool *clanes_pool_create(int32_t threads);
void clanes_pool_destroy(clanes_pool *pool);
// Runs the tasks in order on all threads and returns when all have ended. One caller at a time.
void clanes_pool_run(clanes_pool *pool, const clanes_task *tasks, int32_t count);

#endif
