// Training steps of a small fully connected network, many steps a call. Included once per CPU level, after update.h.
//
// A network of a few dozen weights spends its time between kernels, not in them. Here a step is one pass through code
// that stays in the first caches. Every sum has the order of the kernel that it stands for (product.h, gradient.h, loss.h,
// update.h), so that a network trains to the same bits either way.

// Sum over terms t ..< end, in order: weight * x at `width` blocks that follow each other.
INLINE void fusedSums(const float *weight, const int32_t *index, const int32_t *offset, int32_t t, int32_t end,
                      const float *x, int width, v16 *sum) {
  for (; t < end; t++) {
    v16 w = splat16(weight[index ? index[t] : t]);
    const float *input = x + offset[t];
    UNROLL for (int i = 0; i < width; i++) sum[i] = fma16(w, load16(input + 16 * i), sum[i]);
  }
}

INLINE void fusedForwardTile(const clanes_fused_layer *l, const float *weight, const float *x, int32_t row, float *y,
                             bool relu, int width) {
  v16 sum[sparsePositions], bias = splat16(weight[l->terms + row]);
  UNROLL for (int i = 0; i < width; i++) sum[i] = bias;
  fusedSums(weight, NULL, l->input, l->start[row], l->start[row + 1], x, width, sum);
  UNROLL for (int i = 0; i < width; i++) store16(y + 16 * i, relu ? max16(sum[i], (v16)(0.0f)) : sum[i]);
}

INLINE void fusedForwardLayer(const clanes_fused *a, const clanes_fused_layer *l, const float *x, bool relu) {
  const float *weight = a->weight + l->first;
  for (int32_t row = 0; row < l->rows; row++) {
    float *y = l->y + (int64_t)row * 16 * a->blocks;
    int32_t p = 0;
    for (; p + sparsePositions <= a->blocks; p += sparsePositions)
      fusedForwardTile(l, weight, x + 16 * p, row, y + 16 * p, relu, sparsePositions);
    for (; p < a->blocks; p++) fusedForwardTile(l, weight, x + 16 * p, row, y + 16 * p, relu, 1);
  }
}

INLINE void fusedForward(const clanes_fused *a, const float *x) {
  int32_t last = a->layerCount - 1;
  for (int32_t i = 0; i < last; i++) {
    fusedForwardLayer(a, a->layers + i, x, true);
    x = a->layers[i].y;
  }
  fusedForwardLayer(a, a->layers + last, x, false);
}

// Binary cross-entropy of the single output; `dz` may be NULL.
INLINE lossOfBlock fusedLoss(const float *z, float *dz, i16 label, v16 scale) {
  clanes_loss a = {.kind = clanesBinaryCrossEntropy, .classes = 1};
  return unitLosses(&a, z, dz, label, scale);
}

INLINE void fusedOutputGradient(const clanes_fused *a, const int32_t *labels, int32_t step) {
  const clanes_fused_layer *l = a->layers + a->layerCount - 1;
  v16 scale = (v16)(1.0f / (float)(16 * a->blocks)), sum = (v16)(0.0f);
  if (!a->lossSum) {
    for (int32_t b = 0; b < a->blocks; b++)
      fusedLoss(l->y + 16 * b, l->dy + 16 * b, *(const i16 *)(labels + 16 * b), scale);
    return;
  }
  for (int32_t b = 0; b < a->blocks; b++)
    sum = sum + fusedLoss(l->y + 16 * b, l->dy + 16 * b, *(const i16 *)(labels + 16 * b), scale).loss;
  a->lossSum[step] = sumLanes(sum);
}

// Gradients of `terms` weights of one row, and of its bias if asked, each a chain over all blocks, folded once.
INLINE void fusedGradientTerms(const clanes_fused *a, const float *dy, const float *x, const int32_t *offset, int terms,
                               bool bias, float *folded) {
  const float *input[fusedTerms];
  vp sum[fusedTerms + 1][parts16];
  UNROLL for (int k = 0; k < terms + bias; k++) UNROLL for (int h = 0; h < parts16; h++) sum[k][h] = (vp)(0.0f);
  UNROLL for (int k = 0; k < terms; k++) input[k] = x + offset[k];
  for (int32_t p = 0; p < 16 * a->blocks; p += 16) UNROLL for (int h = 0; h < parts16; h++) {
    int32_t at = p + h * partLanes;
    vp d = loadPart(dy + at);
    UNROLL for (int k = 0; k < terms; k++) sum[k][h] = fmaPart(d, loadPart(input[k] + at), sum[k][h]);
    if (bias) sum[terms][h] = sum[terms][h] + d;
  }
  UNROLL for (int k = 0; k < terms + bias; k++) *(v8 *)(folded + 8 * k) = foldParts(sum[k]);
}

INLINE void fusedGradientRow(const clanes_fused *a, const float *dy, const float *x, const int32_t *offset,
                             int32_t terms, float *folded, float *foldedBias) {
  for (; terms > fusedTerms; terms -= fusedTerms, offset += fusedTerms, folded += 8 * fusedTerms)
    fusedGradientTerms(a, dy, x, offset, fusedTerms, false, folded);
  float rest[8 * (fusedTerms + 1)] __attribute__((aligned(64)));
  switch (terms) {
  case 0: fusedGradientTerms(a, dy, x, offset, 0, true, rest); break;
  case 1: fusedGradientTerms(a, dy, x, offset, 1, true, rest); break;
  case 2: fusedGradientTerms(a, dy, x, offset, 2, true, rest); break;
  case 3: fusedGradientTerms(a, dy, x, offset, 3, true, rest); break;
  default: fusedGradientTerms(a, dy, x, offset, 4, true, rest); break;
  }
  for (int32_t k = 0; k < terms; k++) *(v8 *)(folded + 8 * k) = *(v8 *)(rest + 8 * k);
  *(v8 *)foldedBias = *(v8 *)(rest + 8 * terms);
}

INLINE void fusedGradientLayer(const clanes_fused *a, const clanes_fused_layer *l, const float *x) {
  float *folded = a->folded;
  for (int32_t row = 0; row < l->rows; row++) {
    int32_t t = l->start[row];
    fusedGradientRow(a, l->dy + (int64_t)row * 16 * a->blocks, x, l->input + t, l->start[row + 1] - t, folded + 8 * t,
                     folded + 8 * (l->terms + row));
  }
  reduceFolded(folded, l->terms + l->rows, false, a->gradient + l->first);
}

INLINE void fusedInputTile(const clanes_fused_layer *l, const float *weight, int32_t row, const float *dy,
                           const float *gate, float *dx, int width) {
  v16 sum[sparsePositions];
  UNROLL for (int i = 0; i < width; i++) sum[i] = (v16)(0.0f);
  fusedSums(weight, l->backTerm, l->backRow, l->backStart[row], l->backStart[row + 1], dy, width, sum);
  UNROLL for (int i = 0; i < width; i++) store16(dx + 16 * i, keepWherePositive(sum[i], load16(gate + 16 * i)));
}

// Gradients of the layer's inputs, which are the outputs of rectified layer `before`.
INLINE void fusedInputGradient(const clanes_fused *a, const clanes_fused_layer *l, const clanes_fused_layer *before) {
  const float *weight = a->weight + l->first;
  for (int32_t row = 0; row < before->rows; row++) {
    int64_t at = (int64_t)row * 16 * a->blocks;
    int32_t p = 0;
    for (; p + sparsePositions <= a->blocks; p += sparsePositions)
      fusedInputTile(l, weight, row, l->dy + 16 * p, before->y + at + 16 * p, before->dy + at + 16 * p, sparsePositions);
    for (; p < a->blocks; p++)
      fusedInputTile(l, weight, row, l->dy + 16 * p, before->y + at + 16 * p, before->dy + at + 16 * p, 1);
  }
}

INLINE void fusedUpdate(const clanes_fused *a, float learningRate) {
  v16 rate = (v16)(-learningRate), momentum = (v16)(a->momentum), decay = (v16)(a->decay);
  for (int64_t i = 0; i < a->count; i += 16) {
    v16 w = load16(a->weight + i), d = fma16(decay, w, load16(a->gradient + i));
    v16 m = fma16(momentum, load16(a->moment + i), d);
    store16(a->moment + i, m);
    store16(a->weight + i, fma16(rate, a->nesterov ? fma16(momentum, m, d) : m, w));
  }
}

static void fusedTraining(const clanes_fused *a) {
  for (int32_t step = 0; step < a->steps; step++) {
    const float *x = a->x + step * a->xStride;
    fusedForward(a, x);
    fusedOutputGradient(a, a->labels + (int64_t)step * 16 * a->blocks, step);
    for (int32_t i = a->layerCount - 1; i > 0; i--) {
      fusedGradientLayer(a, a->layers + i, a->layers[i - 1].y);
      fusedInputGradient(a, a->layers + i, a->layers + i - 1);
    }
    fusedGradientLayer(a, a->layers, x);
    if (a->rate) fusedUpdate(a, a->rate[step]);
  }
}

// Lanes whose label is negative hold no sample.
static void fusedEvaluation(const clanes_fused *a) {
  const float *z = a->layers[a->layerCount - 1].y;
  for (int32_t step = 0; step < a->steps; step++) {
    v16 lossSum = (v16)(0.0f), correct = (v16)(0.0f);
    const int32_t *labels = a->labels + (int64_t)step * 16 * a->blocks;
    fusedForward(a, a->x + step * a->xStride);
    for (int32_t b = 0; b < a->blocks; b++) {
      i16 label = *(const i16 *)(labels + 16 * b);
      v16 weight = label < 0 ? (v16)(0.0f) : (v16)(1.0f);
      lossOfBlock result = fusedLoss(z + 16 * b, NULL, label, weight);
      lossSum = fma16(result.loss, weight, lossSum);
      correct = fma16(result.correct, weight, correct);
    }
    a->lossSum[step] = sumLanes(lossSum);
    a->correct[step] = sumLanes(correct);
  }
}
