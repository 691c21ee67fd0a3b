// Arguments of kernels of layers without a product: pooling, batch norm, losses, copies. Part of clanes.h, which
// is the header to include.
#ifndef CLANES_LAYERS_H
#define CLANES_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "clanes_steps.h"

// MARK: windows

// Pooling: y[r][p] = max or mean over taps t of x[r][xPosition[p] + tap[t]]. Windows do not overlap.
//
// The gradient of a maximum goes to its first tap that has it. Places of x that no window reads get zero. With
// `accumulate` the gradient is added to what dx holds. With `scale` it is at last multiplied by the row's factor, which
// makes it the gradient of what batch norm in evaluation took x from.
typedef struct {
  const float *x;
  float *y;        // forward: written
  const float *dy; // backward: laid out as y
  float *dx;       // backward: laid out as x, written
  const float *gate; // backward: laid out as x, dx is kept where it is positive; or NULL
  const clanes_norm_line *scale; // backward: [rows] or NULL
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


// line[c] = what batch norm does to channel c in evaluation.
typedef struct {
  clanes_norm_line *line;  // [channels]
  const float *scale, *shift; // [channels], or NULL for 1 and 0
  const float *runningMean;
  const float *runningVariance;
  int32_t channels;
  float epsilon;
} clanes_norm_lines;

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

#endif
