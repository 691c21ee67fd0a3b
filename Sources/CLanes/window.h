// Pooling over windows that do not overlap. Included once per CPU level, after vector.h.

INLINE v16 poolWindow(const clanes_window *a, const float *x, int taps) {
  v16 value = load16(x + a->tap[0]);
  for (int t = 1; t < taps; t++) {
    v16 next = load16(x + a->tap[t]);
    value = a->maximum ? (next > value ? next : value) : value + next;
  }
  return a->maximum ? value : value * (v16)(1.0f / (float)taps);
}

// BODY(row, p) for the share of one part: positions of all rows, in order. Two by two taps are what most windows have.
#define EACH_WINDOW(a, BODY)                                                                        \
  {                                                                                                 \
    int64_t units = (int64_t)(a)->rows * (a)->positions, unit = units * part / parts;               \
    int64_t end = units * (part + 1) / parts;                                                       \
    for (int64_t row = unit / ((a)->positions > 0 ? (a)->positions : 1); unit < end; row++) {       \
      int32_t p = (int32_t)(unit - row * (a)->positions);                                           \
      int32_t last = end - unit < (a)->positions - p ? p + (int32_t)(end - unit) : (a)->positions;  \
      unit += last - p;                                                                             \
      if ((a)->taps == 4)                                                                           \
        for (; p < last; p++) BODY(row, p, 4)                                                       \
      else                                                                                          \
        for (; p < last; p++) BODY(row, p, (a)->taps)                                               \
    }                                                                                               \
  }

static void pool(const void *arguments, int32_t part, int32_t parts) {
  clanes_window a = *(const clanes_window *)arguments;
#define BODY(row, p, taps) \
  store16(a.y + row * a.yStride + a.yPosition[p], poolWindow(&a, a.x + row * a.xStride + a.xPosition[p], taps));
  EACH_WINDOW(&a, BODY)
#undef BODY
}

INLINE void keepPooled(const clanes_window *a, int64_t row, int64_t at, v16 value) {
  if (a->accumulate) value = value + load16(a->dx + at);
  if (a->gate) value = keepWherePositive(value, load16(a->gate + at));
  if (a->scale) value = followBack(a->scale[row], value);
  if (a->streams) stream16(a->dx + at, value);
  else store16(a->dx + at, value);
}

INLINE void spreadWindow(const clanes_window *a, int64_t row, int32_t p, int taps) {
  int64_t at = row * a->xStride + a->xPosition[p];
  v16 rest = load16(a->dy + row * a->yStride + a->yPosition[p]), highest = rest;
  if (a->maximum) highest = poolWindow(a, a->x + at, taps);
  else rest = rest * (v16)(1.0f / (float)taps);
  for (int t = 0; t < taps; t++) {
    if (!a->maximum) {
      keepPooled(a, row, at + a->tap[t], rest);
      continue;
    }
    v16 x = load16(a->x + at + a->tap[t]);
    keepPooled(a, row, at + a->tap[t], x == highest ? rest : (v16)(0.0f));
    rest = x == highest ? (v16)(0.0f) : rest;
  }
}

static void poolGradient(const void *arguments, int32_t part, int32_t parts) {
  clanes_window a = *(const clanes_window *)arguments;
#define BODY(row, p, taps) spreadWindow(&a, row, p, taps);
  EACH_WINDOW(&a, BODY)
#undef BODY
  for (int64_t row = share(a.rows, part, parts); row < share(a.rows, part + 1, parts); row++)
    for (int32_t i = 0; i < a.unreadCount; i++) keepPooled(&a, row, row * a.xStride + a.unread[i], (v16)(0.0f));
  if (a.streams) finishStreams();
}
#undef EACH_WINDOW
