// Pooling over windows that do not overlap. Included once per CPU level, after vector.h.

INLINE v16 poolWindow(const clanes_window *a, const float *x) {
  v16 value = load16(x + a->tap[0]);
  for (int32_t t = 1; t < a->taps; t++) {
    v16 next = load16(x + a->tap[t]);
    value = a->maximum ? (next > value ? next : value) : value + next;
  }
  return a->maximum ? value : value * (v16)(1.0f / (float)a->taps);
}

// The share of one part: positions of all rows, in order.
static void pool(const void *arguments, int32_t part, int32_t parts) {
  const clanes_window *a = arguments;
  int64_t units = (int64_t)a->rows * a->positions, end = units * (part + 1) / parts;
  for (int64_t unit = units * part / parts; unit < end; unit++) {
    int64_t row = unit / a->positions, p = unit % a->positions;
    store16(a->y + row * a->yStride + a->yPosition[p], poolWindow(a, a->x + row * a->xStride + a->xPosition[p]));
  }
}

INLINE void keepPooled(const clanes_window *a, int64_t row, int64_t at, v16 value) {
  if (a->accumulate) value = value + load16(a->dx + at);
  if (a->gate) value = keepWherePositive(value, load16(a->gate + at));
  if (a->scale) value = followBack(a->scale[row], value);
  if (a->streams) stream16(a->dx + at, value);
  else store16(a->dx + at, value);
}

INLINE void spreadMaximum(const clanes_window *a, int64_t row, int64_t at, v16 dy) {
  v16 highest = poolWindow(a, a->x + at), rest = dy;
  for (int32_t t = 0; t < a->taps; t++) {
    v16 x = load16(a->x + at + a->tap[t]);
    keepPooled(a, row, at + a->tap[t], x == highest ? rest : (v16)(0.0f));
    rest = x == highest ? (v16)(0.0f) : rest;
  }
}

static void poolGradient(const void *arguments, int32_t part, int32_t parts) {
  const clanes_window *a = arguments;
  int64_t units = (int64_t)a->rows * a->positions, end = units * (part + 1) / parts;
  for (int64_t unit = units * part / parts; unit < end; unit++) {
    int64_t row = unit / a->positions, p = unit % a->positions, at = row * a->xStride + a->xPosition[p];
    v16 dy = load16(a->dy + row * a->yStride + a->yPosition[p]);
    if (a->maximum) {
      spreadMaximum(a, row, at, dy);
      continue;
    }
    v16 mean = dy * (v16)(1.0f / (float)a->taps);
    for (int32_t t = 0; t < a->taps; t++) keepPooled(a, row, at + a->tap[t], mean);
  }
  for (int64_t row = share(a->rows, part, parts); row < share(a->rows, part + 1, parts); row++)
    for (int32_t i = 0; i < a->unreadCount; i++) keepPooled(a, row, row * a->xStride + a->unread[i], (v16)(0.0f));
  if (a->streams) finishStreams();
}
