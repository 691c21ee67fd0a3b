// Losses with their gradients. Included once per CPU level, after vector.h.
//
// Lanes beyond the batch's real samples have zero weight: they add nothing to the loss and get a zero gradient.

typedef struct {
  v16 loss, correct;
} lossOfBlock;

INLINE i16 labelsOfBlock(const clanes_loss *a, int32_t block) { return *(const i16 *)(a->batchLabels + 16 * block); }

// 1 for lanes that hold a sample, else 0.
INLINE v16 realLanes(const clanes_step *step, int32_t block) {
  i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return (lane + 16 * block) < step->samples ? (v16)(1.0f) : (v16)(0.0f);
}

// The same times the weights of the samples' classes.
INLINE v16 countsOfBlock(const clanes_loss *a, v16 weight, i16 label) {
  if (a->classWeights)
    for (int s = 0; s < 16; s++) weight[s] = weight[s] * a->classWeights[label[s]];
  return weight;
}

// -log softmax(z)[label]; dz = (softmax(z) - onehot(label)) * scale.
INLINE lossOfBlock softmaxCrossEntropy(const clanes_loss *a, const float *z, float *dz, i16 label, v16 scale) {
  v16 highest = load16(z), chosen = (v16)(0.0f);
  i16 best = (i16)(0);
  for (int32_t c = 0; c < a->classes; c++) {
    v16 value = load16(z + c * a->classStride);
    best = value > highest ? (i16)(c) : best;
    highest = max16(value, highest);
    chosen = label == c ? value : chosen;
  }
  v16 total = (v16)(0.0f);
  for (int32_t c = 0; c < a->classes; c++) {
    v16 e = exp16(load16(z + c * a->classStride) - highest);
    total = total + e;
    if (dz) store16(dz + c * a->classStride, e);
  }
  if (dz) {
    for (int32_t c = 0; c < a->classes; c++) {
      v16 p = load16(dz + c * a->classStride) / total;
      p = label == c ? p - 1.0f : p;
      store16(dz + c * a->classStride, p * scale);
    }
  }
  return (lossOfBlock){log16(total) + (highest - chosen), best == label ? (v16)(1.0f) : (v16)(0.0f)};
}

// The output units' losses are summed; a single unit is right where the sign of z tells its target.
INLINE lossOfBlock unitLosses(const clanes_loss *a, const float *z, float *dz, i16 label, v16 scale) {
  v16 loss = (v16)(0.0f), highest = load16(z);
  i16 best = (i16)(0);
  for (int32_t c = 0; c < a->classes; c++) {
    v16 value = load16(z + c * a->classStride), slope;
    i16 positive = a->classes == 1 ? label == 1 : label == c;
    best = value > highest ? (i16)(c) : best;
    highest = max16(value, highest);
    if (a->kind == clanesBinaryCrossEntropy) {
      // max(z,0) - z t + log(1 + e^-|z|); slope sigmoid(z) - t
      v16 small = exp16(value < 0.0f ? value : -value);
      v16 part = positive ? value : (v16)(0.0f);
      loss = loss + ((max16(value, (v16)(0.0f)) - part) + log16(small + 1.0f));
      v16 sigmoid = (value < 0.0f ? small : (v16)(1.0f)) / (small + 1.0f);
      slope = positive ? sigmoid - 1.0f : sigmoid;
    } else {
      v16 error = positive ? value - 1.0f : value;
      loss = fma16(error, error, loss);
      slope = error + error;
    }
    if (dz) store16(dz + c * a->classStride, slope * scale);
  }
  i16 sign = highest > 0.0f ? (i16)(1) : (i16)(0);
  i16 right = a->classes == 1 ? sign == label : best == label;
  return (lossOfBlock){loss, right ? (v16)(1.0f) : (v16)(0.0f)};
}

// max(0, margin), except that NaN stays NaN: a diverged network must not look perfect.
INLINE v16 hingeOf(v16 margin) { return margin < 0.0f ? (v16)(0.0f) : margin; }

// sum over c != label of max(0, 1 - z[label] + z[c]) / classes; for one unit max(0, 1 - t z) with t = -1 or 1.
INLINE lossOfBlock hinge(const clanes_loss *a, const float *z, float *dz, i16 label, v16 scale) {
  v16 highest = load16(z), chosen = (v16)(0.0f), loss = (v16)(0.0f), active = (v16)(0.0f);
  if (a->classes == 1) {
    v16 target = label == 1 ? (v16)(1.0f) : (v16)(-1.0f);
    v16 margin = 1.0f - target * highest;
    if (dz) store16(dz, (margin > 0.0f ? -target : (v16)(0.0f)) * scale);
    i16 sign = highest > 0.0f ? (i16)(1) : (i16)(0);
    return (lossOfBlock){hingeOf(margin), sign == label ? (v16)(1.0f) : (v16)(0.0f)};
  }
  i16 best = (i16)(0);
  for (int32_t c = 0; c < a->classes; c++) {
    v16 value = load16(z + c * a->classStride);
    best = value > highest ? (i16)(c) : best;
    highest = max16(value, highest);
    chosen = label == c ? value : chosen;
  }
  v16 share = scale / (float)a->classes;
  for (int32_t c = 0; c < a->classes; c++) {
    v16 margin = 1.0f - chosen + load16(z + c * a->classStride);
    margin = label == c ? (v16)(0.0f) : hingeOf(margin);
    v16 on = margin > 0.0f ? (v16)(1.0f) : (v16)(0.0f);
    loss = loss + margin;
    active = active + on;
    if (dz) store16(dz + c * a->classStride, on * share);
  }
  for (int32_t c = 0; dz && c < a->classes; c++) {
    v16 slope = load16(dz + c * a->classStride);
    store16(dz + c * a->classStride, label == c ? -(active * share) : slope);
  }
  return (lossOfBlock){loss / (float)a->classes, best == label ? (v16)(1.0f) : (v16)(0.0f)};
}

static void loss(const void *arguments, int32_t part, int32_t parts) {
  (void)parts;
  const clanes_loss *a = arguments;
  if (part != 0) return;
  clanes_step *step = a->step;
  v16 lossSum = (v16)(0.0f), correct = (v16)(0.0f);
  for (int32_t i = 0; i < 16 * a->blocks; i++)
    a->batchLabels[i] = i < step->samples ? a->labels[step->indices[i]] : 0;
  for (int32_t b = 0; b < a->blocks; b++) {
    i16 label = labelsOfBlock(a, b);
    v16 weight = realLanes(a->step, b), counts = countsOfBlock(a, weight, label);
    v16 scale = counts * (1.0f / (float)step->samples);
    const float *z = a->z + a->position[b];
    float *dz = a->dz ? a->dz + a->position[b] : NULL;
    lossOfBlock result;
    if (a->kind == clanesSoftmaxCrossEntropy) result = softmaxCrossEntropy(a, z, dz, label, scale);
    else if (a->kind == clanesHinge) result = hinge(a, z, dz, label, scale);
    else {
      // mean over samples and output units
      v16 mean = scale * (1.0f / (float)a->classes);
      result = unitLosses(a, z, dz, label, mean);
      result.loss = result.loss * (1.0f / (float)a->classes);
    }
    lossSum = fma16(result.loss, counts, lossSum);
    correct = fma16(result.correct, weight, correct);
  }
  step->lossSum = sumLanes(lossSum);
  step->correct = sumLanes(correct);
}
