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
#include "clanes_packed.h"
#include "clanes_steps.h"

enum { clanesWidth = 16 };

// MARK: products

// y[r][p] = epilogue(bias[r] + addend[r][p] + sum over terms t of row r, in order: weight[t] * x[offset[t] + xPosition[p]])
//
// The epilogue is max(0, .) if `relu`, and keeps an element only where `gate` (laid out as y) is positive, if given.
typedef struct {
  const float *x;
  int64_t xPartStride;
  float *y;
  const int32_t *xPosition; // [positions], in floats
  const int32_t *yPosition; // [positions], in floats
  int32_t positions;
  int32_t rows;
  int64_t rowStride; // of y and gate, in floats
  const float *bias; // [rows] or NULL
  const float *addend; // laid out as y, which it may be; or NULL
  const float *gate; // or NULL
  bool relu;
} clanes_output;

// Terms are sorted by block, then row: those of row r in block b are start[b * rows + r] ..< start[b * rows + r + 1].
typedef struct {
  clanes_output out;
  int32_t blocks;
  const int32_t *start;  // [blocks * rows + 1]
  const int32_t *offset; // [terms], in floats
  const float *weight;   // [terms]
  // Where all weights have one size: terms up to split[b * rows + r] are added, the others subtracted, and the sum is
  // multiplied by the size of the first weight, which is the last rounding but that of bias and addend. Or NULL.
  const int32_t *split;
  // Where y is too large for the caches: scratch for sums of clanesWaitingPositions positions of all rows, waitingStride
  // floats a part, and offsets that the next positions are the first to read. y then goes past the caches.
  float *waiting; // or NULL
  int64_t waitingStride;
  const int32_t *ahead; // [aheadCount]
  int32_t aheadCount;
} clanes_sparse_product;

enum { clanesWaitingPositions = 16 };

// All rows have the same terms: weight of (row, term) is weight[row * weightRowStride + weightIndex[term]].
typedef struct {
  clanes_output out;
  int32_t terms;
  const int32_t *offset;      // [terms], in floats
  const int32_t *weightIndex; // [terms], or NULL where the index is the term
  const float *weight;
  int64_t weightRowStride;
  float *panel;        // scratch, panelStride floats a part
  int64_t panelStride; // at least clanesPanelFloats
} clanes_dense_product;

// Terms of a packed panel of weights, which are read up to eight floats beyond their end; positions that a panel serves.
enum {
  clanesPanelTerms = 256,
  clanesPanelPositions = 32,
  clanesPanelFloats = 4 * (8 * clanesPanelTerms + 16),
};

// MARK: updates

// An optimiser's step over `count` weights: Adam where there is a second moment, else stochastic gradient descent. Buffers
// are padded with zeros to a multiple of sixteen floats.
typedef struct {
  const clanes_step *step;
  float *weight;
  const float *gradient; // not read where the kernel that sums the gradients takes the step
  float *moment1; // NULL: descent without momentum
  float *moment2; // Adam only
  const uint32_t *mask; // all ones where a weight lives, zero where it is pruned; or NULL
  int64_t count;
  float momentum; // Adam: beta1
  float beta2;
  float epsilon;
  float decay;
  bool nesterov;
} clanes_update;

// MARK: gradients of weights

// gradient[t] = sum over chains c in order: tree over lanes of
//                 (sum over positions p of the chain in order: dy[row(t)][p] * x[offset[t] + xPosition[p]])
//
// A chain is `chain` positions in a row; the last may have fewer. The tree adds lanes l and l+8, then l and l+4, l+2, l+1.
//
// Gradients go into memory; or, with an update, an optimiser takes its step with each as soon as it is there, with the
// bits of taking it afterwards.
typedef struct {
  const float *x;
  int64_t xPartStride;
  const float *dy;
  const int32_t *xPosition;
  const int32_t *dyPosition;
  int32_t positions;
  int32_t chain;
  int32_t rows;
  int64_t rowStride; // of dy
  bool accumulate; // the sums are added to what is there
  float *gradient;
  float *biasGradient; // [rows] or NULL: the same sums of dy[row][p]
  const clanes_update *update; // or NULL; only for one chain without `accumulate` and without scratch
  const clanes_update *biasUpdate; // or NULL, likewise
} clanes_gradient;

typedef struct {
  clanes_gradient out;
  int32_t blocks;
  const int32_t *start;
  const int32_t *offset;
  float *lanes;      // scratch of laneTerms * 16 floats; or NULL where all positions are one chain
  // No less than the largest block has, and two more than the largest row of a block for each part: a part has its own
  // share, as other parts may be at other blocks.
  int32_t laneTerms;
  const int32_t *ahead; // [aheadCount] offsets that the next positions are the first to read, where x is large
  int32_t aheadCount;
} clanes_sparse_gradient;

typedef struct {
  clanes_gradient out; // gradient is [rows][terms]
  int32_t terms;
  const int32_t *offset;
  float *lanes; // scratch of rows * laneTerms * 16 floats; or NULL for one chain of at most clanesGradientPositions
  int32_t laneTerms; // terms summed at a time, a multiple of 8
} clanes_dense_gradient;

enum {
  clanesGradientPositions = 32,
  clanesTransposedInputs = 256 * 8 * 16,
};

// MARK: windows

// Pooling: y[r][p] = max or mean over taps t of x[r][xPosition[p] + tap[t]]. Windows do not overlap.
//
// The gradient of a maximum goes to its first tap that has it. Places of x that no window reads get zero. With
// `accumulate` the gradient is added to what dx holds.
typedef struct {
  const float *x;
  float *y;        // forward: written
  const float *dy; // backward: laid out as y
  float *dx;       // backward: laid out as x, written
  const float *gate; // backward: laid out as x, dx is kept where it is positive; or NULL
  const int32_t *xPosition; // [positions], in floats
  const int32_t *yPosition;
  int32_t positions;
  const int32_t *tap; // [taps], in floats
  int32_t taps;
  const int32_t *unread; // [unreadCount] places of x outside all windows, in floats
  int32_t unreadCount;
  int32_t rows;
  int64_t xStride; // from row to row, in floats
  int64_t yStride;
  bool maximum;
  bool accumulate;
  bool streams; // dx goes past the caches
} clanes_window;

// MARK: batch norm

// The image of one channel for `blocks` blocks of samples, from `block` on, which lie side by side at every place.
typedef struct {
  int64_t x, y;   // where the first place is in a channel of x and of y, in floats
  int32_t block;
  int32_t blocks; // 1 to 4
} clanes_plane;

// y = rectified(factor (x - mean[c]) + shift[c] + addend), factor = scale[c] / sqrt(variance[c] + epsilon), where mean and
// variance are those of the batch's samples in training, and the running ones in evaluation.
//
// In training the running statistics move: running = (1 - momentum) running + momentum batch; while measuring the
// step's `statisticsShare` stands for the momentum. Channel c of x starts at c * xStride, of y and addend at c * yStride.
typedef struct {
  const clanes_step *step;
  const float *x;
  float *y;
  const float *addend; // or NULL
  const clanes_plane *plane; // [planes], in the order of summation
  int32_t planes;
  int32_t channels;
  int32_t height;
  int32_t width;
  int64_t xStride, yStride; // from channel to channel, in floats
  int64_t xRow, yRow;       // from row to row
  int32_t placeStride;      // from place to place: 16 times the most blocks that lie side by side
  int32_t pass;
  const float *scale; // [channels], or NULL for 1
  const float *shift; // [channels], or NULL for 0
  float *runningMean; // [channels]
  float *runningVariance;
  float *mean;    // [channels], left for the backward pass
  float *inverse; // 1 / sqrt(variance + epsilon), likewise
  float momentum;
  float epsilon;
  bool relu;
  bool streams; // y, or in the backward pass dx, goes past the caches
} clanes_norm;

enum { clanesTraining, clanesEvaluation, clanesMeasuring };

// g = dy, or with `relu` dy where the output was positive, which is computed again (without addend);
// dx = factor (g - mean of g - xhat mean of (g xhat)), in evaluation factor g; dscale = sum of g xhat; dshift = sum of g.
typedef struct {
  clanes_norm norm;
  const float *dy; // laid out as y; zero in lanes without a sample
  float *dx;       // laid out as x, or NULL
  bool gated;      // dx is kept where x is positive
  bool accumulate; // dx is added to what is there, before the gate
  float *scaleGradient; // [channels] or NULL
  float *shiftGradient;
} clanes_norm_gradient;


// MARK: losses

enum { clanesSoftmaxCrossEntropy, clanesBinaryCrossEntropy, clanesMeanSquaredError, clanesHinge };

// Losses are means over the real samples. Output (class, block) of z and dz starts at class * classStride + position[block];
// dz may be NULL.
// Label l of a sample is a class; for one output unit the target is 1 where l is 1.
typedef struct {
  clanes_step *step;
  int32_t kind;
  const float *z;
  float *dz;
  int32_t classes;
  int32_t blocks;
  int64_t classStride;
  const int32_t *position; // [blocks], in floats
  const int32_t *labels; // of the whole split
  int32_t *batchLabels;  // scratch [blocks * 16]
  const float *classWeights; // by label: what a sample's loss counts in the mean over the samples; or NULL for 1
} clanes_loss;

// MARK: copies

// target[i] = source[index[i]]
typedef struct {
  float *target;
  const float *source;
  const int32_t *index;
  int64_t count;
} clanes_gather;

// y = epilogue(x where `sourceGate` is positive + addend), value by value; the epilogue is that of products. All but x and
// y may be NULL, and y may be any of the others.
typedef struct {
  const float *x;
  float *y;
  const float *sourceGate;
  const float *addend;
  const float *gate;
  int64_t count; // a multiple of 16
  bool relu;
} clanes_sum;

// y = x scale where the stream's word is at least `threshold`, else 0; with `accumulate` added to what y holds; then kept
// where `gate` is positive, if given. x, y and gate lie alike: feature f of a block starts at feature[f] + position[block].
//
// The word of feature f of the sample in place s of the batch is number f % 4 of the Philox block
// (step.iteration * batch + s) * ceil(features / 4) + f / 4.
typedef struct {
  const clanes_step *step;
  const float *x;
  float *y;
  const float *gate; // or NULL
  bool accumulate;
  const int32_t *feature;  // [features], in floats
  const int32_t *position; // [blocks], in floats
  int32_t features;
  int32_t blocks;
  int32_t batch; // places in a whole batch
  uint32_t key[2];
  uint32_t stream[2];
  uint32_t threshold;
  float scale;
} clanes_dropout;

// y = 1 where x >= 0 and -1 elsewhere, at the places named; or with dy, y = 2 (1 - min(|x|, 1)) dy, which stands in for the
// gradient of the sign. y may be dy.
typedef struct {
  const float *x;
  const float *dy; // or NULL
  float *y;
  bool accumulate;         // whether the result is added to y
  const int32_t *feature;  // [features], in floats
  const int32_t *position; // [blocks], in floats
  int32_t features;
  int32_t blocks;
} clanes_sign;

// x[j] = the sum over k, in order, of x[k] matrix[k][j], for every block x of `length` elements, in place.
typedef struct {
  float *values;
  const int32_t *start; // [blocks], in floats
  const float *matrix;  // [length][length]
  float *scratch;       // 32 * length floats a part
  int64_t stride;       // from one element of a block to the next
  int32_t blocks;
  int32_t length;
} clanes_rotate;

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
  clanes_kernel dropout;
  clanes_kernel sign;
  clanes_kernel rotate;
  clanes_kernel loss;
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
  clanes_kernel packedProduct;
  clanes_kernel realProduct;
  clanes_kernel bitPool;
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

typedef struct clanes_pool clanes_pool;

// A pool of `threads` threads, the caller's among them; NULL where the system gives no thread.
clanes_pool *clanes_pool_create(int32_t threads);
void clanes_pool_destroy(clanes_pool *pool);
// Runs the tasks in order on all threads and returns when all have ended. One caller at a time.
void clanes_pool_run(clanes_pool *pool, const clanes_task *tasks, int32_t count);

#endif
