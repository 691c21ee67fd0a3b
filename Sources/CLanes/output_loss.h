// Losses of networks whose outputs are maps, with their gradients. Included once per CPU level, after loss.h.
//
// Lanes beyond the batch's real samples have zero weight: they add nothing to the loss and get a zero gradient. All
// divisors are at least 1, but for the union of boxes, which is at least `leastUnion`. NaN stays NaN: a diverged network must
// not look perfect.

// A term's outputs of one block: channel by channel, `stride` floats apart; dz may be NULL.
typedef struct {
  const float *z;
  float *dz;
  const float *t;
  const float *marks;
  int64_t stride, targetStride;
  int32_t channels, places;
  v16 scale; // of the gradient: the term's weight times the sample's share in the mean
} termOfBlock;

static const float leastUnion = 1e-6f;

INLINE v16 outputOf(const termOfBlock *a, int32_t i) { return load16(a->z + i * a->stride); }
INLINE v16 targetOf(const termOfBlock *a, int32_t i) { return load16(a->t + i * a->targetStride); }
INLINE v16 oneWhere(i16 is) { return is ? (v16)(1.0f) : (v16)(0.0f); }
INLINE v16 atLeastOne(v16 v) { return v < 1.0f ? (v16)(1.0f) : v; }

// The logistic function p of a logit, beside a target: binary cross-entropy, and p - t without cancellation at either end.
typedef struct {
  v16 entropy, error;
} logistic;

INLINE logistic logisticOf(v16 z, v16 t) {
  v16 small = exp16(z < 0.0f ? z : -z), sum = small + 1.0f;
  v16 low = small / sum; // the smaller of p and 1 - p
  v16 high = 1.0f / sum;
  v16 p = z < 0.0f ? low : high, q = z < 0.0f ? high : low;
  return (logistic){fma16(-z, t, max16(z, (v16)(0.0f))) + log16(sum), t > 0.5f ? (1.0f - t) - q : p - t};
}

// p (1 - p), from p - t.
INLINE v16 slopeOf(v16 error, v16 t) { return (t + error) * ((1.0f - t) - error); }

// With d = p - t and e the entropy: e, or d^2 e; slopes d, and d^3 + 2 d p (1 - p) e. Targets below 0 do not count.
INLINE v16 presenceOfBlock(const termOfBlock *a, bool focal) {
  int32_t count = a->channels * a->places;
  v16 ones = (v16)(0.0f), loss = (v16)(0.0f);
  for (int32_t i = 0; i < count; i++) ones = ones + oneWhere(targetOf(a, i) == 1.0f);
  v16 divisor = atLeastOne(ones), scale = a->scale / divisor;
  for (int32_t i = 0; i < count; i++) {
    v16 t = targetOf(a, i);
    logistic l = logisticOf(outputOf(a, i), t);
    v16 value = l.entropy, slope = l.error;
    if (focal) {
      v16 square = l.error * l.error;
      slope = fma16(square, l.error, 2.0f * l.error * slopeOf(l.error, t) * l.entropy);
      value = square * l.entropy;
    }
    loss = loss + (t < 0.0f ? (v16)(0.0f) : value);
    if (a->dz) store16(a->dz + i * a->stride, (t < 0.0f ? (v16)(0.0f) : slope) * scale);
  }
  return loss / divisor;
}

INLINE v16 markOf(const termOfBlock *a, int32_t place) {
  return oneWhere(load16(a->marks + place * a->targetStride) == 1.0f);
}

// Softmax cross-entropy of a place; dz = (softmax - target) * scale where the place is marked.
INLINE v16 classesOfPlace(const termOfBlock *a, int32_t place, v16 marked, v16 scale) {
  v16 highest = outputOf(a, place), chosen = (v16)(0.0f), total = (v16)(0.0f);
  for (int32_t c = 0; c < a->channels; c++) {
    v16 value = outputOf(a, c * a->places + place);
    highest = max16(value, highest);
    chosen = targetOf(a, c * a->places + place) == 1.0f ? value : chosen;
  }
  for (int32_t c = 0; c < a->channels; c++) {
    v16 e = exp16(outputOf(a, c * a->places + place) - highest);
    total = total + e;
    if (a->dz) store16(a->dz + (c * a->places + place) * a->stride, e);
  }
  for (int32_t c = 0; a->dz && c < a->channels; c++) {
    float *dz = a->dz + (c * a->places + place) * a->stride;
    v16 p = load16(dz) / total;
    p = targetOf(a, c * a->places + place) == 1.0f ? p - 1.0f : p;
    store16(dz, marked > 0.0f ? p * scale : (v16)(0.0f));
  }
  return log16(total) + (highest - chosen);
}

// A side's distance softplus(z), its slope by z, and the true distance.
typedef struct {
  v16 length, slope, truth;
} side;

INLINE side sideOf(const termOfBlock *a, int32_t i) {
  v16 z = outputOf(a, i), small = exp16(z < 0.0f ? z : -z), sum = small + 1.0f;
  return (side){max16(z, (v16)(0.0f)) + log16(sum), (z < 0.0f ? small : (v16)(1.0f)) / sum, targetOf(a, i)};
}

// 1 - intersection / union of a place's boxes, and its slopes by the four lengths.
INLINE v16 overlapOfPlace(const side s[4], v16 slope[4]) {
  v16 least[4];
  for (int i = 0; i < 4; i++) least[i] = s[i].length < s[i].truth ? s[i].length : s[i].truth;
  v16 width = s[0].length + s[2].length, height = s[1].length + s[3].length;
  v16 sharedWidth = least[0] + least[2], sharedHeight = least[1] + least[3];
  v16 shared = sharedWidth * sharedHeight;
  v16 area = fma16(width, height, (s[0].truth + s[2].truth) * (s[1].truth + s[3].truth)) - shared;
  v16 all = area < leastUnion ? (v16)(leastUnion) : area, overlap = shared / all;
  for (int i = 0; i < 4; i++) {
    v16 more = s[i].length < s[i].truth ? (i % 2 == 0 ? sharedHeight : sharedWidth) : (v16)(0.0f);
    v16 grown = area < leastUnion ? (v16)(0.0f) : (i % 2 == 0 ? height : width) - more;
    slope[i] = (overlap * grown - more) / all;
  }
  return 1.0f - overlap;
}

// The mean distance of a place's sides, and its slopes by the four lengths.
INLINE v16 sidesOfPlace(const side s[4], v16 slope[4]) {
  v16 sum = (v16)(0.0f);
  for (int i = 0; i < 4; i++) {
    v16 error = s[i].length - s[i].truth;
    sum = sum + (error < 0.0f ? -error : error);
    slope[i] = error < 0.0f ? (v16)(-0.25f) : error > 0.0f ? (v16)(0.25f) : (v16)(0.0f);
  }
  return 0.25f * sum;
}

INLINE v16 boxOfPlace(const termOfBlock *a, int32_t place, v16 marked, v16 scale, bool overlaps) {
  side s[4];
  v16 slope[4];
  for (int i = 0; i < 4; i++) s[i] = sideOf(a, i * a->places + place);
  v16 loss = overlaps ? overlapOfPlace(s, slope) : sidesOfPlace(s, slope);
  for (int i = 0; a->dz && i < 4; i++)
    store16(a->dz + (i * a->places + place) * a->stride,
            marked > 0.0f ? slope[i] * s[i].slope * scale : (v16)(0.0f));
  return loss;
}

// The mean over marked places. Most are not: a place that no lane marks costs its zeros alone.
INLINE v16 markedOfBlock(const termOfBlock *a, int32_t kind) {
  v16 marks = (v16)(0.0f), loss = (v16)(0.0f);
  for (int32_t p = 0; p < a->places; p++) marks = marks + markOf(a, p);
  v16 divisor = atLeastOne(marks), scale = a->scale / divisor;
  for (int32_t p = 0; p < a->places; p++) {
    v16 marked = markOf(a, p), value = (v16)(0.0f);
    if (sumLanes(marked) == 0.0f) {
      for (int32_t c = 0; a->dz && c < a->channels; c++) store16(a->dz + (c * a->places + p) * a->stride, value);
      continue;
    }
    if (kind == clanesPlaceClasses) value = classesOfPlace(a, p, marked, scale);
    else value = boxOfPlace(a, p, marked, scale, kind == clanesBoxOverlap);
    loss = loss + (marked > 0.0f ? value : (v16)(0.0f));
  }
  return loss / divisor;
}

// Entropy with slope d = p - t, and of channels with something in them 1 - n / m, n = 2 sum(p t) + 1, m = sum(p) + sum(t) +
// 1, with slope -(2 t - n / m) / m p (1 - p).
INLINE v16 masksOfBlock(const termOfBlock *a, float dice) {
  int32_t places = a->places;
  v16 filled = (v16)(0.0f), entropy = (v16)(0.0f), rest = (v16)(0.0f);
  for (int32_t c = 0; c < a->channels; c++) {
    v16 most = (v16)(0.0f);
    for (int32_t p = 0; p < places; p++) most = max16(targetOf(a, c * places + p), most);
    filled = filled + oneWhere(most > 0.5f);
  }
  v16 divisor = atLeastOne(filled), scale = a->scale * (v16)(1.0f / (float)(a->channels * places));
  v16 diceScale = a->scale * ((v16)(dice) / divisor);
  for (int32_t c = 0; c < a->channels; c++) {
    v16 both = (v16)(0.0f), found = (v16)(0.0f), truth = (v16)(0.0f), most = (v16)(0.0f);
    for (int32_t i = c * places; i < (c + 1) * places; i++) {
      v16 t = targetOf(a, i);
      logistic l = logisticOf(outputOf(a, i), t);
      v16 p = t + l.error;
      entropy = entropy + l.entropy;
      both = fma16(p, t, both);
      found = found + p;
      truth = truth + t;
      most = max16(t, most);
      if (a->dz) store16(a->dz + i * a->stride, l.error);
    }
    v16 m = found + truth + 1.0f, ratio = fma16(both, (v16)(2.0f), (v16)(1.0f)) / m;
    rest = rest + (most > 0.5f ? 1.0f - ratio : (v16)(0.0f));
    v16 share = most > 0.5f ? diceScale / m : (v16)(0.0f);
    for (int32_t i = c * places; a->dz && i < (c + 1) * places; i++) {
      v16 t = targetOf(a, i), error = load16(a->dz + i * a->stride);
      v16 slope = (ratio - 2.0f * t) * slopeOf(error, t);
      store16(a->dz + i * a->stride, fma16(slope, share, error * scale));
    }
  }
  return fma16(rest, (v16)(dice) / divisor, entropy * (v16)(1.0f / (float)(a->channels * places)));
}

INLINE v16 zerosOfBlock(const termOfBlock *a) {
  for (int32_t i = 0; a->dz && i < a->channels * a->places; i++) store16(a->dz + i * a->stride, (v16)(0.0f));
  return (v16)(0.0f);
}

INLINE v16 lossOfTerm(const clanes_output_loss *a, int32_t block, const clanes_output_term *term) {
  const float *targets = a->targets + a->targetPosition[block];
  int64_t first = term->first * a->stride + a->position[block];
  termOfBlock t = {
      a->z + first, a->dz ? a->dz + first : NULL, targets + term->first * a->targetStride,
      targets + term->marks * a->targetStride, a->stride, a->targetStride, term->channels, term->places,
      realLanes(a->step, block) * (term->weight * (1.0f / (float)a->step->samples))};
  switch (term->kind) {
  case clanesPresence: return presenceOfBlock(&t, false);
  case clanesFocalPresence: return presenceOfBlock(&t, true);
  case clanesPlaceClasses: case clanesBoxOverlap: case clanesBoxSides: return markedOfBlock(&t, term->kind);
  case clanesMasks: return masksOfBlock(&t, term->dice);
  default: return zerosOfBlock(&t);
  }
}

static void outputLoss(const void *arguments, int32_t part, int32_t parts) {
  const clanes_output_loss *a = arguments;
  int32_t units = a->blocks * a->terms, end = share(units, part + 1, parts);
  for (int32_t unit = share(units, part, parts); unit < end; unit++) {
    const clanes_output_term *term = &a->term[unit % a->terms];
    store16(a->losses + 16 * unit, lossOfTerm(a, unit / a->terms, term) * term->weight);
  }
}

static void outputLossSum(const void *arguments, int32_t part, int32_t parts) {
  (void)parts;
  const clanes_output_loss_sum *a = arguments;
  if (part != 0) return;
  v16 sum = (v16)(0.0f);
  for (int32_t b = 0; b < a->blocks; b++) {
    v16 loss = (v16)(0.0f);
    for (int32_t t = 0; t < a->terms; t++) loss = loss + load16(a->losses + 16 * (b * a->terms + t));
    sum = fma16(loss, realLanes(a->step, b), sum);
  }
  a->step->lossSum = sumLanes(sum);
  a->step->correct = 0;
}
