// Signs and the slope that stands in for theirs. Included once per CPU level, after vector.h.

static void sign(const void *arguments, int32_t part, int32_t parts) {
  const clanes_sign *a = arguments;
  int32_t end = share(a->features, part + 1, parts);
  for (int32_t feature = share(a->features, part, parts); feature < end; feature++) {
    for (int32_t block = 0; block < a->blocks; block++) {
      int64_t at = a->feature[feature] + a->position[block];
      v16 x = load16(a->x + at), one = (v16)(1.0f), value = x >= (v16)(0.0f) ? one : -one;
      if (a->dy) {
        v16 size = value * x;
        value = load16(a->dy + at) * ((v16)(2.0f) * (one - (size < one ? size : one)));
      }
      store16(a->y + at, a->accumulate ? load16(a->y + at) + value : value);
    }
  }
}
