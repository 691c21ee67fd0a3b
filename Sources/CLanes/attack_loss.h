// Losses of single samples, which attacks raise. Included once per CPU level, after vector.h.

enum { sortedOutputs = 4 };

// The largest outputs with their classes, descending; of equal ones the first class stands first.
typedef struct {
  v16 value[sortedOutputs];
  i16 class[sortedOutputs];
} largestOutputs;

INLINE largestOutputs sortOutputs(const clanes_attack_loss *a, const float *z) {
  largestOutputs top;
  UNROLL for (int k = 0; k < sortedOutputs; k++) {
    top.value[k] = (v16)(-__builtin_inff());
    top.class[k] = (i16)(-1);
  }
  for (int32_t c = 0; c < a->classes; c++) {
    v16 value = load16(z + c * a->classStride);
    i16 class = (i16)(c);
    UNROLL for (int k = 0; k < sortedOutputs; k++) {
      i16 above = value > top.value[k];
      v16 v = top.value[k];
      i16 s = top.class[k];
      top.value[k] = above ? value : v;
      top.class[k] = above ? class : s;
      value = above ? v : value;
      class = above ? s : class;
    }
  }
  return top;
}

INLINE i16 labelsAt(const clanes_attack_loss *a, int32_t block) {
  i16 label;
  for (int32_t s = 0; s < 16; s++) {
    int32_t lane = 16 * block + s;
    label[s] = a->labels[a->step->indices[lane < a->step->samples ? lane : 0]];
  }
  return label;
}

// Natural logarithms of the softmax of the outputs from `highest` and the sum of e^(z - highest).
INLINE v16 sumOfPowers(const float *z, int64_t stride, int32_t classes, v16 highest) {
  v16 total = (v16)(0.0f);
  for (int32_t c = 0; c < classes; c++) total = total + exp16(load16(z + c * stride) - highest);
  return total;
}

INLINE v16 highestOf(const float *z, int64_t stride, int32_t classes) {
  v16 highest = load16(z);
  for (int32_t c = 1; c < classes; c++) highest = max16(load16(z + c * stride), highest);
  return highest;
}

// log softmax(z)[class] with sign -1: cross-entropy; with sign 1 and a target: its negative.
INLINE v16 crossEntropyOf(const clanes_attack_loss *a, const float *z, float *dz, i16 class, v16 chosen, float sign) {
  v16 highest = highestOf(z, a->classStride, a->classes), total = sumOfPowers(z, a->classStride, a->classes, highest);
  for (int32_t c = 0; dz && c < a->classes; c++) {
    v16 p = exp16(load16(z + c * a->classStride) - highest) / total;
    store16(dz + c * a->classStride, sign * (class == c ? p - 1.0f : p));
  }
  return sign * (log16(total) + (highest - chosen));
}

// The difference of logits ratio of Croce & Hein 2020, targeted where `other` is the target.
INLINE v16 logitRatio(const clanes_attack_loss *a, float *dz, const largestOutputs *top, i16 label, v16 chosen,
                      i16 other, v16 rival) {
  bool targeted = a->kind == clanesTargetedLogitRatio;
  v16 third = targeted ? 0.5f * (top->value[2] + top->value[3]) : top->value[2];
  v16 inverse = 1.0f / (top->value[0] - third + 1e-12f), difference = chosen - rival;
  v16 slope = difference * inverse * inverse;
  for (int32_t c = 0; dz && c < a->classes; c++) {
    v16 g = (label == c ? -inverse : (v16)(0.0f)) + (other == c ? inverse : (v16)(0.0f));
    v16 part = targeted ? 0.5f * slope : slope;
    g = g + (top->class[0] == c ? slope : (v16)(0.0f)) - (top->class[2] == c ? part : (v16)(0.0f));
    if (targeted) g = g - (top->class[3] == c ? part : (v16)(0.0f));
    store16(dz + c * a->classStride, g);
  }
  return -difference * inverse;
}

// The divergence KL(p || q) with p of one set of outputs and q of another, and its gradient: by the outputs behind q, q - p,
// or by those behind p, p (log p - log q - KL). The gradient is scaled, and added to dz for the latter.
INLINE v16 divergence(const clanes_attack_loss *a, const float *z, float *dz, const float *reference, v16 scale) {
  bool byP = a->kind == clanesDivergenceFrom;
  const float *zp = byP ? z : reference, *zq = byP ? reference : z;
  int64_t sp = byP ? a->classStride : 16, sq = byP ? 16 : a->classStride;
  v16 highP = highestOf(zp, sp, a->classes), highQ = highestOf(zq, sq, a->classes);
  v16 totalP = sumOfPowers(zp, sp, a->classes, highP), totalQ = sumOfPowers(zq, sq, a->classes, highQ);
  v16 logP = log16(totalP) + highP, logQ = log16(totalQ) + highQ, sum = (v16)(0.0f);
  for (int32_t c = 0; c < a->classes; c++) {
    v16 p = exp16(load16(zp + c * sp) - highP) / totalP;
    sum = fma16(p, (load16(zp + c * sp) - logP) - (load16(zq + c * sq) - logQ), sum);
  }
  for (int32_t c = 0; dz && c < a->classes; c++) {
    v16 p = exp16(load16(zp + c * sp) - highP) / totalP;
    v16 ratio = (load16(zp + c * sp) - logP) - (load16(zq + c * sq) - logQ);
    float *target = dz + c * a->classStride;
    if (byP) store16(target, fma16(scale, p * (ratio - sum), load16(target)));
    else store16(target, scale * (exp16(load16(zq + c * sq) - highQ) / totalQ - p));
  }
  return sum;
}

INLINE v16 lossOfSamples(const clanes_attack_loss *a, int32_t block, const float *z, float *dz, i16 label, v16 chosen,
                         const largestOutputs *top, v16 rival) {
  i16 other = top->class[0] == label ? top->class[1] : top->class[0];
  i16 target = a->targets ? *(const i16 *)(a->targets + 16 * block) : other;
  v16 aim = rival;
  if (a->targets)
    for (int32_t c = 0; c < a->classes; c++) aim = target == c ? load16(z + c * a->classStride) : aim;
  switch (a->kind) {
  case clanesAttackCrossEntropy: return crossEntropyOf(a, z, dz, label, chosen, 1.0f);
  case clanesAttackTargetedCrossEntropy: return crossEntropyOf(a, z, dz, target, aim, -1.0f);
  case clanesAttackMargin:
    for (int32_t c = 0; dz && c < a->classes; c++)
      store16(dz + c * a->classStride,
              (target == c ? (v16)(1.0f) : (v16)(0.0f)) - (label == c ? (v16)(1.0f) : (v16)(0.0f)));
    return aim - chosen;
  default: return logitRatio(a, dz, top, label, chosen, target, aim);
  }
}

// Every sample for itself: loss, whether the label's output is the first of the largest, and how far it is ahead.
static void attackLoss(const void *arguments, int32_t part, int32_t parts) {
  const clanes_attack_loss *a = arguments;
  int32_t lanes = 16 * a->blocks;
  int32_t blocks = a->endBlock - a->firstBlock, end = a->firstBlock + share(blocks, part + 1, parts);
  for (int32_t block = a->firstBlock + share(blocks, part, parts); block < end; block++) {
    const float *z = a->z + a->position[block];
    float *dz = a->dz ? a->dz + a->position[block] : NULL, *reference = a->reference;
    if (reference) reference += (int64_t)16 * block * a->classes;
    i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    v16 real = lane + 16 * block < a->step->samples ? (v16)(1.0f) : (v16)(0.0f);
    if (a->kind == clanesKeepOutputs) {
      for (int32_t c = 0; c < a->classes; c++) store16(reference + 16 * c, load16(z + c * a->classStride));
      continue;
    }
    i16 label = labelsAt(a, block);
    largestOutputs top = sortOutputs(a, z);
    v16 chosen = (v16)(0.0f), loss;
    for (int32_t c = 0; c < a->classes; c++) chosen = label == c ? load16(z + c * a->classStride) : chosen;
    v16 rival = top.class[0] == label ? top.value[1] : top.value[0];
    if (a->kind == clanesDivergenceTo || a->kind == clanesDivergenceFrom) {
      v16 scale = a->isMean ? real * (a->scale / (float)a->step->samples) : (v16)(a->scale);
      if (a->classWeights)
        for (int s = 0; s < 16; s++) scale[s] = scale[s] * a->classWeights[label[s]];
      loss = divergence(a, z, dz, reference, scale);
    } else {
      loss = lossOfSamples(a, block, z, dz, label, chosen, &top, rival);
    }
    if (!a->result) continue;
    store16(a->result + 16 * block, loss);
    store16(a->result + lanes + 16 * block, chosen - rival);
    store16(a->result + 2 * lanes + 16 * block, top.class[0] == label ? (v16)(1.0f) : (v16)(0.0f));
    store16(a->result + 3 * lanes + 16 * block, __builtin_convertvector(top.class[0], v16));
  }
}
