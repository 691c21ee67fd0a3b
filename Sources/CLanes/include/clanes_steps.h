// Values that change from step to step, and what kernels of several kinds share. Part of clanes.h, which is the header to include.
#ifndef CLANES_STEPS_H
#define CLANES_STEPS_H

#include <stdint.h>

// Values that change from step to step; kernels read them through a pointer.
typedef struct {
  float rate;        // learning rate
  float correction1; // Adam: 1 / (1 - beta1^t)
  float correction2; // Adam: 1 / sqrt(1 - beta2^t)
  int32_t samples;   // real samples in this batch
  const int32_t *indices; // [samples] which samples make the batch
  float lossSum;     // out: sum of the samples' losses
  float correct;     // out: number of samples whose largest output is the label's
  float statisticsShare; // of this batch in running statistics that are measured anew
  int64_t iteration;     // steps before this one
} clanes_step;

// What batch norm does to the values of a channel: factor (x - mean) + shift.
typedef struct {
  float mean, factor, shift;
} clanes_norm_line;

#endif
