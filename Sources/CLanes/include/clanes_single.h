// Arguments of kernels that compute one sample: lanes hold places of an image, or outputs. Part of clanes.h, which is the
// header to include.
//
// An image lies channel by channel, `pitch` floats from row to row, with zeros behind each row and around the rows where
// convolutions read their padding: position p is row p / pitch, column p % pitch. Channels are whole vectors apart and
// their first places are not aligned.
#ifndef CLANES_SINGLE_H
#define CLANES_SINGLE_H

#include <stdbool.h>
#include <stdint.h>

#include "clanes_steps.h"

// y[row][p] = relu(bias[row] + addend[row][p] + sum over terms t of the row, in order: weight[t] * x[offset[t] + p]) at
// the positions whose `keep` is 1, and 0 elsewhere.
typedef struct {
  const float *x;
  float *y;
  const float *addend;   // laid out as y, or NULL
  const int32_t *start;  // [rows + 1]
  const int32_t *offset; // [terms], in floats
  const float *weight;   // [terms]
  const int32_t *rowAt;  // [rows], where each begins in y
  const float *bias;     // [rows]
  const float *keep;     // [8 halves]
  int32_t rows;
  int32_t halves; // of vectors of positions
  bool relu;
} clanes_place_product;

enum { clanesOutputGroups = 4, clanesOutputWindow = 32 };

// The same for the outputs of a fully connected layer, 64 a block, in the order of their blocks: output k of a block is in
// lane k % 16 of group k / 16. A step multiplies at most one input of each output, out of a window of inputs.
typedef struct {
  const float *x; // readable up to a window beyond its end
  float *y;       // whole blocks
  const float *addend;   // whole blocks, or NULL
  const int32_t *start;  // [blocks + 1], in steps
  const int32_t *window; // [steps], in floats
  const uint8_t *lane;   // [steps][clanesOutputGroups][16], below clanesOutputWindow
  const float *weight;   // likewise, 0 for outputs that have no input in the step
  const float *bias;     // whole blocks
  int32_t blocks;
  bool relu;
} clanes_output_product;

// y[c][r][k] = maximum or mean of x over rows r * stride ..< r * stride + height and likewise columns.
typedef struct {
  const float *x;
  float *y;
  int32_t channels;
  int32_t xChannel, xPitch, yChannel, yPitch;
  int32_t rows, columns; // of y
  int32_t height, width, stride;
  bool maximum;
} clanes_place_pool;

// y[c][r][k] = value * multiplier[c] + shift[c] of the step's first sample.
typedef struct {
  const clanes_step *step;
  const uint8_t *bytes; // [samples][channels][rows][columns], or NULL
  const float *floats;  // likewise
  float *y;
  const float *multiplier;
  const float *shift;
  int32_t channels, rows, columns;
  int32_t yChannel, yPitch;
} clanes_place_input;

#endif
