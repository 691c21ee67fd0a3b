// Arguments of kernels that multiply with weights: products, their gradients, and steps of optimisers. Part of clanes.h,
// which is the header to include.
#ifndef CLANES_PRODUCTS_H
#define CLANES_PRODUCTS_H

#include <stdbool.h>
#include <stdint.h>

#include "clanes_steps.h"

// MARK: products

// y[r][p] = epilogue(bias[r] + addend[r][p] + sum over terms t of row r, in order: weight[t] * x[offset[t] + xPosition[p]])
//
// The epilogue is max(0, .) if `relu`, and keeps an element only where `gate` (laid out as y) is positive, if given. With
// `norm` it begins with the row's batch norm in evaluation, and the addend comes behind that:
// factor (sum - mean) + shift + addend. With `scale` it ends with the gradient of such a batch norm: factor times the result.
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
  const float *addend; // laid out as y, which it may be but with `norm`; or NULL
  const float *gate; // or NULL
  const clanes_norm_line *norm;  // [rows] or NULL
  const clanes_norm_line *scale; // [rows] or NULL
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

#endif
