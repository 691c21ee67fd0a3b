// Many steps of a small network in one call. Part of clanes.h, which is the header to include.
#ifndef CLANES_FUSED_H
#define CLANES_FUSED_H

#include <stdbool.h>
#include <stdint.h>

// One layer of a small fully connected network: y[row] = bias[row] + sum over terms: weight[term] * x[input[term]].
//
// Rows are the units from which a path of surviving weights leads to the output; the others change nothing.
typedef struct {
  int32_t rows;
  int32_t terms;
  const int32_t *start;     // [rows + 1]: terms start[r] ..< start[r + 1] are those of row r, by input
  const int32_t *input;     // [terms] offset of x, in floats
  const int32_t *backStart; // [rows of the layer before + 1]: the same terms by input, then row; or NULL for the first
  const int32_t *backRow;   // [terms] offset of dy, in floats
  const int32_t *backTerm;  // [terms] which term
  int32_t first;            // where the layer's weights begin, a multiple of 16; its biases follow them
  float *y;                 // [rows][blocks][16]
  float *dy;                // likewise
} clanes_fused_layer;

// Steps of stochastic gradient descent on the binary cross-entropy of a network with rectified hidden layers and one
// output, as products, gradients, loss and sgd above do them; or its evaluation.
typedef struct {
  const clanes_fused_layer *layers;
  int32_t layerCount;
  int32_t blocks;        // of a step
  int32_t steps;
  const float *x;        // [steps][features][blocks][16]
  const int32_t *labels; // [steps][blocks][16], 0 or 1; evaluation: negative where there is no sample
  int64_t xStride;       // from step to step, in floats
  const float *rate;     // [steps], or NULL to leave the last step's gradient and update nothing
  float *weight;         // [count]; what no layer owns has a zero gradient and moves by decay alone
  float *moment;
  float *gradient;
  int64_t count; // a multiple of 16
  float *folded; // scratch, eight floats for each term and row of the largest layer, their number rounded up to eights
  float momentum;
  float decay;
  bool nesterov;
  float *lossSum; // [steps] or NULL; evaluation: [steps]
  float *correct; // evaluation: [steps]
} clanes_fused;

enum { fusedTerms = 4 }; // weight gradients that are summed side by side

#endif
