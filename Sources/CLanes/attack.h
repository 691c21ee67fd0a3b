// Perturbations of the network's input, in the units of the stored pixels. Included once per CPU level, after dropout.h.
//
// Clean and perturbed pixels, the network's input and its gradient lie alike. Norms are sums of one sample: per lane over
// channels, rows and columns in order, so that neither batch nor threads matter.

INLINE int64_t rowOf(const clanes_image *m, int32_t block, int32_t channel, int32_t row) {
  return block / m->group * m->groupStride + channel * m->channelStride + row * m->rowStride + 16 * (block % m->group);
}

INLINE v16 min16(v16 a, v16 b) { return a < b ? a : b; }
INLINE v16 clamp16(v16 v, v16 low, v16 high) { return min16(max16(v, low), high); }
INLINE v16 abs16(v16 v) { return v < 0.0f ? -v : v; }

// What a block's samples need for a step.
typedef struct {
  v16 stepSize, radius, active, gradientNorm, stepScale, momentumScale;
} attackLanes;

// The pixel after a step along the gradient, before any projection.
INLINE v16 stepped(const clanes_perturb *a, int64_t at, int32_t c, const attackLanes *k) {
  v16 p = load16(a->pixels + at), g = load16(a->dx + at) * a->multiplier[c];
  if (a->direction == clanesAlongGradient) return fma16(g, k->stepSize / k->gradientNorm, p);
  return p + (g > 0.0f ? k->stepSize : (g < 0.0f ? -k->stepSize : (v16)(0.0f)));
}

// Back into the ball around the clean pixel, which an l2 ball does by `scale`, and into the range of pixels.
INLINE v16 projected(const clanes_perturb *a, v16 p, v16 clean, v16 radius, v16 scale) {
  if (a->ball == clanesL2Ball) p = fma16(p - clean, scale, clean);
  else p = clamp16(p, clean - radius, clean + radius);
  return clamp16(p, (v16)(a->low), (v16)(a->high));
}

INLINE v16 withMomentum(const clanes_perturb *a, int64_t at, v16 z) {
  v16 p = load16(a->pixels + at), before = load16(a->previous + at);
  return p + fma16((v16)(a->momentum), z - p, (v16)(1.0f - a->momentum) * (p - before));
}

INLINE void moveRow(const clanes_perturb *a, int32_t block, int32_t c, int32_t r, const attackLanes *k) {
  const clanes_image *m = &a->image;
  v16 multiplier = (v16)(a->multiplier[c]), shift = (v16)(a->shift[c]);
  int64_t at = rowOf(m, block, c, r);
  for (int32_t w = 0; w < m->width; w++, at += 16 * m->group) {
    v16 p = load16(a->pixels + at);
    if (a->dx) {
      v16 clean = load16(a->clean + at), moved = projected(a, stepped(a, at, c, k), clean, k->radius, k->stepScale);
      if (a->previous) {
        moved = projected(a, withMomentum(a, at, moved), clean, k->radius, k->momentumScale);
        store16(a->previous + at, k->active > 0.0f ? p : load16(a->previous + at));
      }
      p = k->active > 0.0f ? moved : p;
      store16(a->pixels + at, p);
    }
    store16(a->x + at, fma16(p, multiplier, shift));
  }
}

// radius / |d| where |d| is more than the radius, else 1.
INLINE v16 shrinking(v16 radius, v16 squares) {
  v16 length = __builtin_elementwise_sqrt(squares);
  return length > radius ? radius / length : (v16)(1.0f);
}

// The norms that a step needs of a whole sample.
static void measureStep(const clanes_perturb *a, int32_t block, attackLanes *k) {
  const clanes_image *m = &a->image;
  v16 gradient = (v16)(0.0f), step = (v16)(0.0f), momentum = (v16)(0.0f);
  if (a->direction == clanesAlongGradient)
    for (int32_t row = 0; row < m->channels * m->height; row++) {
      int64_t at = rowOf(m, block, row / m->height, row % m->height);
      for (int32_t w = 0; w < m->width; w++, at += 16 * m->group) {
        v16 g = load16(a->dx + at) * a->multiplier[row / m->height];
        gradient = fma16(g, g, gradient);
      }
    }
  gradient = __builtin_elementwise_sqrt(gradient);
  k->gradientNorm = gradient > 0.0f ? gradient : (v16)(1.0f);
  if (a->ball != clanesL2Ball) return;
  for (int32_t row = 0; row < m->channels * m->height; row++) {
    int32_t c = row / m->height;
    int64_t at = rowOf(m, block, c, row % m->height);
    for (int32_t w = 0; w < m->width; w++, at += 16 * m->group) {
      v16 d = stepped(a, at, c, k) - load16(a->clean + at);
      step = fma16(d, d, step);
    }
  }
  k->stepScale = shrinking(k->radius, step);
  if (!a->previous) return;
  for (int32_t row = 0; row < m->channels * m->height; row++) {
    int32_t c = row / m->height;
    int64_t at = rowOf(m, block, c, row % m->height);
    for (int32_t w = 0; w < m->width; w++, at += 16 * m->group) {
      v16 clean = load16(a->clean + at);
      v16 d = withMomentum(a, at, projected(a, stepped(a, at, c, k), clean, k->radius, k->stepScale)) - clean;
      momentum = fma16(d, d, momentum);
    }
  }
  k->momentumScale = shrinking(k->radius, momentum);
}

INLINE attackLanes lanesOf(const clanes_perturb *a, int32_t block) {
  attackLanes k = {.stepScale = (v16)(1.0f), .momentumScale = (v16)(1.0f), .gradientNorm = (v16)(1.0f)};
  k.stepSize = load16(a->stepSize + 16 * block);
  k.radius = load16(a->radius + 16 * block);
  k.active = a->active ? load16(a->active + 16 * block) : (v16)(1.0f);
  return k;
}

static void perturb(const void *arguments, int32_t part, int32_t parts) {
  const clanes_perturb *a = arguments;
  const clanes_image *m = &a->image;
  int32_t rows = m->channels * m->height;
  bool whole = a->dx && (a->direction == clanesAlongGradient || a->ball == clanesL2Ball);
  int32_t units = (whole ? 1 : rows) * (a->endBlock - a->firstBlock), first = (whole ? 1 : rows) * a->firstBlock;
  int32_t end = first + share(units, part + 1, parts);
  for (int32_t unit = first + share(units, part, parts); unit < end; unit++) {
    int32_t block = whole ? unit : unit / rows;
    attackLanes k = lanesOf(a, block);
    if (whole) measureStep(a, block, &k);
    for (int32_t row = whole ? 0 : unit % rows; row < (whole ? rows : unit % rows + 1); row++)
      moveRow(a, block, row / m->height, row % m->height, &k);
  }
}

// MARK: random starts

// The words of the stream's block, as in Lanes/RandomStream.swift.
INLINE void noiseWords(const clanes_noise *noise, q16 block, w16 words[4]) {
  words[0] = __builtin_convertvector(block, w16);
  words[1] = __builtin_convertvector(block >> 32, w16);
  words[2] = (w16)(noise->stream[0]);
  words[3] = (w16)(noise->stream[1]);
  philox(words, noise->key);
}

// In -1 ..< 1, a multiple of 2^-23.
INLINE v16 spread16(w16 word) { return __builtin_convertvector((i16)(word >> 8), v16) * 0x1p-23f - 1.0f; }

// One number a pixel of every sample of a block: uniform, or nearly normal with variance 1 (the sum of four uniform ones).
INLINE v16 noiseAt(const clanes_start *a, q16 sample, int64_t pixel) {
  w16 words[4];
  noiseWords(a->noise, sample * (uint64_t)a->pixelsPerSample + (uint64_t)pixel, words);
  v16 first = spread16(words[0]);
  if (a->kind == clanesUniformStart) return first;
  v16 sum = (first + spread16(words[1])) + (spread16(words[2]) + spread16(words[3]));
  return sum * 0.8660254f; // each has variance 1/3
}

INLINE q16 samplesOf(const clanes_step *step, int32_t block) {
  q16 sample;
  for (int32_t s = 0; s < 16; s++) {
    int32_t lane = 16 * block + s;
    sample[s] = (uint64_t)step->indices[lane < step->samples ? lane : 0];
  }
  return sample;
}

static void startPerturbation(const void *arguments, int32_t part, int32_t parts) {
  const clanes_start *a = arguments;
  const clanes_image *m = &a->image;
  for (int32_t block = share(m->blocks, part, parts); block < share(m->blocks, part + 1, parts); block++) {
    q16 sample = samplesOf(a->step, block);
    v16 radius = load16(a->radius + 16 * block), squares = (v16)(0.0f);
    // A point on the sphere is a normal one brought to the radius: its length has to be known first.
    for (int32_t pass = a->kind == clanesSphereStart ? 0 : 1; pass < 2; pass++) {
      v16 scale = radius;
      if (pass == 1 && a->kind == clanesSphereStart) scale = radius / __builtin_elementwise_sqrt(squares);
      for (int32_t row = 0; row < m->channels * m->height; row++) {
        int32_t c = row / m->height;
        int64_t at = rowOf(m, block, c, row % m->height), pixel = (int64_t)row * m->width;
        for (int32_t w = 0; w < m->width; w++, at += 16 * m->group) {
          v16 clean = load16(a->clean + at), noise;
          if (a->kind == clanesCarriedStart) noise = load16(a->pixels + at);
          else noise = noiseAt(a, sample, pixel + w);
          if (pass == 0) {
            squares = fma16(noise, noise, squares);
            continue;
          }
          v16 moved = a->kind == clanesCarriedStart ? clean + noise : fma16(noise, scale, clean);
          if (a->kind == clanesCarriedStart || a->kind == clanesUniformStart)
            moved = clamp16(moved, clean - radius, clean + radius);
          v16 p = clamp16(moved, (v16)(a->low), (v16)(a->high));
          store16(a->pixels + at, p);
          store16(a->x + at, fma16(p, (v16)(a->multiplier[c]), (v16)(a->shift[c])));
        }
      }
    }
  }
}

// MARK: whole samples

// target = source in lanes that are chosen; or target -= source in all lanes, where nothing is chosen.
static void selectSamples(const void *arguments, int32_t part, int32_t parts) {
  const clanes_select *a = arguments;
  const clanes_image *m = &a->image;
  int32_t rows = m->channels * m->height, end = share(m->blocks * rows, part + 1, parts);
  for (int32_t unit = share(m->blocks * rows, part, parts); unit < end; unit++) {
    int32_t block = unit / rows, row = unit % rows;
    int64_t at = rowOf(m, block, row / m->height, row % m->height);
    v16 chosen = a->chosen ? load16(a->chosen + 16 * block) : (v16)(0.0f);
    for (int32_t w = 0; w < m->width; w++, at += 16 * m->group) {
      v16 source = load16(a->source + at), target = load16(a->target + at);
      store16(a->target + at, a->chosen ? (chosen > 0.0f ? source : target) : target - source);
    }
  }
}

// Of every sample: sum |g|, sum g^2, max |d|, sum d^2 for the gradient g by pixels and the perturbation d.
static void measureSamples(const void *arguments, int32_t part, int32_t parts) {
  const clanes_measure *a = arguments;
  const clanes_image *m = &a->image;
  int32_t lanes = 16 * m->blocks;
  for (int32_t block = share(m->blocks, part, parts); block < share(m->blocks, part + 1, parts); block++) {
    v16 sum = (v16)(0.0f), squares = (v16)(0.0f), largest = (v16)(0.0f), length = (v16)(0.0f);
    for (int32_t row = 0; row < m->channels * m->height; row++) {
      int32_t c = row / m->height;
      int64_t at = rowOf(m, block, c, row % m->height);
      for (int32_t w = 0; w < m->width; w++, at += 16 * m->group) {
        v16 g = load16(a->dx + at) * a->multiplier[c], d = load16(a->pixels + at) - load16(a->clean + at);
        sum = sum + abs16(g);
        squares = fma16(g, g, squares);
        largest = max16(abs16(d), largest);
        length = fma16(d, d, length);
      }
    }
    store16(a->result + 16 * block, sum);
    store16(a->result + lanes + 16 * block, squares);
    store16(a->result + 2 * lanes + 16 * block, largest);
    store16(a->result + 3 * lanes + 16 * block, length);
  }
}
