// What the kernels of attacks are given. Part of clanes.h, which is the header to include.
#ifndef CLANES_ATTACKS_H
#define CLANES_ATTACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "clanes_steps.h"

// Where the pixels of a batch lie: [blocks / group][channels][height][width][group][16], with strides in floats.
typedef struct {
  int32_t blocks;
  int32_t group;
  int32_t channels;
  int32_t height;
  int32_t width;
  int64_t rowStride;
  int64_t channelStride;
  int64_t groupStride;
} clanes_image;

enum { clanesAlongSign, clanesAlongGradient };
enum { clanesMaximumBall, clanesL2Ball };

// p' = projection(p + stepSize * direction(gradient)), and the network's input x = p' * multiplier + shift. With
// `previous`, p' = projection(p + momentum (z - p) + (1 - momentum) (p - previous)) with z as above, and previous = p.
//
// The direction is the gradient's sign or the gradient by pixels over its l2 norm; the projection is onto the ball of the
// sample's radius around the clean pixels and then into low ... high.
typedef struct {
  clanes_image image;
  int32_t firstBlock, endBlock; // whose samples move
  const float *clean;
  float *pixels;
  float *previous; // or NULL
  const float *dx; // the gradient by x; or NULL: x is written from the pixels as they are
  float *x;
  const float *stepSize; // [blocks * 16], like radius and active
  const float *radius;
  const float *active; // positive where the sample moves; or NULL
  const float *multiplier; // [channels]
  const float *shift;
  float low;
  float high;
  float momentum;
  int32_t direction;
  int32_t ball;
} clanes_perturb;

// A stream of random numbers, as in Lanes/RandomStream.swift.
typedef struct {
  uint32_t key[2];
  uint32_t stream[2];
} clanes_noise;

enum { clanesUniformStart, clanesNormalStart, clanesSphereStart, clanesCarriedStart };

// Perturbed pixels to start from: clean + radius * noise, brought into low ... high; x as above.
//
// Noise is uniform in -1 ..< 1, nearly normal, or a direction of length 1. The number of a pixel depends on the sample's
// index in its split and on the pixel alone. Carried: `pixels` holds a perturbation, which is added.
typedef struct {
  const clanes_step *step;
  const clanes_noise *noise;
  clanes_image image;
  const float *clean;
  float *pixels;
  float *x;
  const float *radius; // [blocks * 16]
  const float *multiplier;
  const float *shift;
  float low;
  float high;
  int32_t kind;
  int64_t pixelsPerSample;
} clanes_start;

// target = source in lanes where `chosen` is positive; or target -= source, if it is NULL.
typedef struct {
  clanes_image image;
  float *target;
  const float *source;
  const float *chosen; // [blocks * 16]
} clanes_select;

// result = sum |g|, sum g^2, max |d|, sum d^2 of every sample, g = dx * multiplier, d = pixels - clean.
typedef struct {
  clanes_image image;
  const float *clean;
  const float *pixels;
  const float *dx;
  const float *multiplier;
  float *result; // [4][blocks * 16]
} clanes_measure;

enum {
  clanesAttackCrossEntropy,         // -log softmax(z)[label]
  clanesAttackTargetedCrossEntropy, // log softmax(z)[target]
  clanesAttackMargin,               // z[target] - z[label]; without targets the largest other output stands for z[target]
  clanesLogitRatio,                 // -(z[label] - z[other]) / (z[1st] - z[3rd])
  clanesTargetedLogitRatio,         // -(z[label] - z[target]) / (z[1st] - (z[3rd] + z[4th]) / 2)
  clanesDivergenceTo,               // KL(softmax reference || softmax z)
  clanesDivergenceFrom,             // KL(softmax z || softmax reference), whose gradient is added to dz
  clanesKeepOutputs,                // reference = z
};

// Losses that attacks raise, of every sample by itself; dz is the gradient of their sum, for divergences times `scale`, or
// times scale / samples if `isMean`.
//
// result: loss; label's output minus the largest other; 1 where the label is the prediction; the predicted class.
typedef struct {
  const clanes_step *step;
  int32_t kind;
  const float *z; // as in clanes_loss
  float *dz;      // or NULL
  int32_t classes;
  int32_t blocks;
  int32_t firstBlock, endBlock; // whose samples count
  int64_t classStride;
  const int32_t *position; // [blocks]
  const int32_t *labels;   // of the whole split
  const int32_t *targets; // [blocks * 16] classes; or NULL
  float *reference;       // [blocks][classes][16]; or NULL
  float *result;          // [4][blocks * 16]; or NULL
  float scale;
  bool isMean;
  const float *classWeights; // by label, times `scale` for divergences; or NULL
} clanes_attack_loss;

#endif
