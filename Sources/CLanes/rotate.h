// Products of blocks of numbers with a small matrix, in place. Included once per CPU level, after vector.h.

// Sixteen blocks side by side: out[j] = the sum over k, in order, of m[k][j] in[k].
INLINE void rotateLanes(const clanes_rotate *a, const float *in, float *out) {
  int32_t n = a->length, j = 0;
  for (; j + 4 <= n; j += 4) {
    v16 s0 = (v16)(0.0f), s1 = s0, s2 = s0, s3 = s0;
    const float *m = a->matrix + j;
    for (int32_t k = 0; k < n; k++, m += n) {
      v16 x = load16(in + 16 * k);
      s0 = fma16((v16)(m[0]), x, s0);
      s1 = fma16((v16)(m[1]), x, s1);
      s2 = fma16((v16)(m[2]), x, s2);
      s3 = fma16((v16)(m[3]), x, s3);
    }
    store16(out + 16 * j, s0);
    store16(out + 16 * j + 16, s1);
    store16(out + 16 * j + 32, s2);
    store16(out + 16 * j + 48, s3);
  }
  for (; j < n; j++) {
    v16 sum = (v16)(0.0f);
    for (int32_t k = 0; k < n; k++) sum = fma16((v16)(a->matrix[k * n + j]), load16(in + 16 * k), sum);
    store16(out + 16 * j, sum);
  }
}

static void rotate(const void *arguments, int32_t part, int32_t parts) {
  const clanes_rotate *a = arguments;
  int32_t groups = (a->blocks + 15) / 16, end = share(groups, part + 1, parts), n = a->length;
  float *in = a->scratch + (int64_t)part * 32 * n, *out = in + 16 * n;
  for (int32_t group = share(groups, part, parts); group < end; group++) {
    int32_t first = 16 * group, count = a->blocks - first < 16 ? a->blocks - first : 16;
    for (int32_t lane = 0; lane < count; lane++) {
      const float *x = a->values + a->start[first + lane];
      for (int32_t k = 0; k < n; k++) in[16 * k + lane] = x[(int64_t)k * a->stride];
    }
    rotateLanes(a, in, out);
    for (int32_t lane = 0; lane < count; lane++) {
      float *x = a->values + a->start[first + lane];
      for (int32_t k = 0; k < n; k++) x[(int64_t)k * a->stride] = out[16 * k + lane];
    }
  }
}
