// Arguments of the losses of networks whose outputs are maps: presence, classes, boxes and masks of detectors. Part of
// clanes.h, which is the header to include.
#ifndef CLANES_OUTPUT_LOSS_H
#define CLANES_OUTPUT_LOSS_H

#include <stdint.h>

#include "clanes_steps.h"

// clanesUnused: outputs that no term speaks of; their gradient is zero. Focal presence has the focus 2.
enum {
  clanesUnused, clanesPresence, clanesFocalPresence, clanesPlaceClasses, clanesBoxOverlap, clanesBoxSides, clanesMasks
};

// Outputs first ..< first + channels * places, channel by channel. Place p counts in classes and boxes where target marks + p
// is 1.
typedef struct {
  int32_t kind;
  int32_t first;
  int32_t channels;
  int32_t places;
  int32_t marks;
  float weight;
  float dice; // of masks
} clanes_output_term;

// losses[block][term] = the term's loss of each sample, times its weight; dz = the gradient of the mean over the real
// samples. Output i of a block is at i * stride + position[block] of z and dz, its target at i * targetStride +
// targetPosition[block]. Sums of a sample run over outputs in order. A part takes whole terms of blocks.
typedef struct {
  const clanes_step *step;
  const float *z;
  float *dz; // or NULL
  const float *targets;
  int64_t stride;
  int64_t targetStride;
  const int32_t *position;       // [blocks], in floats
  const int32_t *targetPosition; // [blocks], in floats
  const clanes_output_term *term; // [terms]
  int32_t terms;
  int32_t blocks;
  float *losses; // [blocks][terms][16]
} clanes_output_loss;

// step.lossSum = the sum of all losses of real samples: terms of a block in order, blocks in order, then the tree over lanes.
typedef struct {
  clanes_step *step;
  const float *losses; // [blocks][terms][16]
  int32_t terms;
  int32_t blocks;
} clanes_output_loss_sum;

#endif
