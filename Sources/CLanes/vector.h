// Vectors of sixteen lanes and what every kernel does with them. Included once per CPU level.
#include "include/clanes.h"
#include <stddef.h>

#pragma clang fp contract(off)
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((ext_vector_type(16), aligned(64)));
typedef float v8 __attribute__((ext_vector_type(8), aligned(32)));
typedef float v8u __attribute__((ext_vector_type(8), aligned(4)));
typedef float v4 __attribute__((ext_vector_type(4), aligned(16)));
typedef int32_t i16 __attribute__((ext_vector_type(16), aligned(64)));
typedef uint8_t b16 __attribute__((ext_vector_type(16), aligned(1)));
typedef float f16u __attribute__((ext_vector_type(16), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// A part is as many lanes as one register holds: kernels that keep many operands in registers walk the sixteen lanes
// part by part.
#if LANES_IN_REGISTER == 16
typedef v16 vp;
#elif LANES_IN_REGISTER == 8
typedef v8 vp;
#else
typedef v4 vp;
#endif
enum { partLanes = LANES_IN_REGISTER, parts16 = 16 / LANES_IN_REGISTER };

INLINE v16 load16(const float *p) { return *(const v16 *)p; }
INLINE void store16(float *p, v16 v) { *(v16 *)p = v; }
// Past the caches: for results that nothing reads before they would be driven out of them.
INLINE void stream16(float *p, v16 v) { __builtin_nontemporal_store(v, (v16 *)p); }
// Other threads see what was streamed before.
INLINE void finishStreams(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
INLINE vp loadPart(const float *p) { return *(const vp *)p; }
INLINE void storePart(float *p, vp v) { *(vp *)p = v; }
INLINE v16 splat16(float w) { return (v16)(w); }
INLINE v16 fma16(v16 a, v16 b, v16 c) { return __builtin_elementwise_fma(a, b, c); }
INLINE vp fmaPart(vp a, vp b, vp c) { return __builtin_elementwise_fma(a, b, c); }
INLINE v16 max16(v16 a, v16 b) { return a > b ? a : b; }
INLINE v16 keepWherePositive(v16 value, v16 gate) { return gate > 0.0f ? value : (v16)(0.0f); }
// Batch norm, d from the mean; and its gradient where mean and variance are constants. There zero is added as it is where
// they are not, which makes a negative zero positive.
INLINE v16 follow(clanes_norm_line line, v16 d) { return fma16(d, (v16)(line.factor), (v16)(line.shift)); }
INLINE v16 followBack(clanes_norm_line line, v16 g) { return fma16((v16)(line.factor), g, (v16)(0.0f)); }
INLINE int32_t share(int64_t count, int32_t part, int32_t parts) { return (int32_t)(count * part / parts); }

// `width` positions from `position` on stand `step` vectors apart in memory.
INLINE bool comesInSteps(const int32_t *positions, int32_t position, int width, int step) {
  for (int i = 1; i < width; i++)
    if (positions[position + i] != positions[position] + 16 * step * i) return false;
  return true;
}

// They follow each other.
INLINE bool follows(const int32_t *positions, int32_t position, int width) {
  return comesInSteps(positions, position, width, 1);
}

// Rows become columns.
INLINE void transpose8(v8 *r) {
  v8 t[8];
  UNROLL for (int i = 0; i < 4; i++) {
    t[2 * i] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    t[2 * i + 1] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  UNROLL for (int i = 0; i < 2; i++) UNROLL for (int j = 0; j < 2; j++) {
    v8 a = t[4 * i + j], b = t[4 * i + 2 + j];
    r[4 * i + 2 * j] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
    r[4 * i + 2 * j + 1] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
  }
  UNROLL for (int i = 0; i < 4; i++) {
    v8 a = r[i], b = r[i + 4];
    t[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
    t[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  }
  UNROLL for (int i = 0; i < 8; i++) r[i] = t[i];
}

// Rows become columns, sixteen by sixteen.
INLINE void transpose16(v16 *r) {
  v16 t[16];
#define TRANSPOSE_STEP(from, to, distance, LOW, HIGH)                                     \
  UNROLL for (int i = 0; i < 16; i++) {                                                  \
    if (i & distance) continue;                                                          \
    to[i] = __builtin_shufflevector(from[i], from[i + distance], LOW);                   \
    to[i + distance] = __builtin_shufflevector(from[i], from[i + distance], HIGH);       \
  }
#define LOW8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LOW4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
  TRANSPOSE_STEP(r, t, 8, LOW8, HIGH8)
  TRANSPOSE_STEP(t, r, 4, LOW4, HIGH4)
  TRANSPOSE_STEP(r, t, 2, LOW2, HIGH2)
  TRANSPOSE_STEP(t, r, 1, LOW1, HIGH1)
#undef TRANSPOSE_STEP
}

// The first level of the tree over the sixteen lanes: l and l + 8.
INLINE v8 foldLanes(v16 v) { return v.lo + v.hi; }

// The same of a vector in parts.
INLINE v8 foldParts(const vp *sum) {
#if LANES_IN_REGISTER == 16
  return foldLanes(sum[0]);
#elif LANES_IN_REGISTER == 8
  return sum[0] + sum[1];
#else
  return __builtin_shufflevector(sum[0] + sum[2], sum[1] + sum[3], 0, 1, 2, 3, 4, 5, 6, 7);
#endif
}

// Sums of eight folded vectors, in order. The rest of the tree of one vector: l and l + 4, then l + 2, l + 1.
INLINE v8 sumFolded8(const float *folded) {
  v8 h[8];
  UNROLL for (int i = 0; i < 8; i++) h[i] = *(const v8 *)(folded + 8 * i);
  v8 q[4];
  UNROLL for (int i = 0; i < 4; i++) {
    // lanes of q[i]: four of vector i, four of vector i + 4
    q[i] = __builtin_shufflevector(h[i], h[i + 4], 0, 1, 2, 3, 8, 9, 10, 11) +
           __builtin_shufflevector(h[i], h[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  v8 d[2];
  UNROLL for (int i = 0; i < 2; i++) {
    // pairs of vectors 2i, 2i+1 | 2i+4, 2i+5
    d[i] = __builtin_shufflevector(q[2 * i], q[2 * i + 1], 0, 1, 8, 9, 4, 5, 12, 13) +
           __builtin_shufflevector(q[2 * i], q[2 * i + 1], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  return __builtin_shufflevector(d[0], d[1], 0, 2, 8, 10, 4, 6, 12, 14) +
         __builtin_shufflevector(d[0], d[1], 1, 3, 9, 11, 5, 7, 13, 15);
}

INLINE float sumLanes(v16 v) {
  v8 h = v.lo + v.hi;
  v4 q = h.lo + h.hi;
  return (q.x + q.z) + (q.y + q.w);
}

// e^x with a relative error below 2e-7 for x in [-87, 88]; x is clamped to that range.
INLINE v16 exp16(v16 x) {
  x = x < -87.0f ? (v16)(-87.0f) : x;
  x = x > 88.0f ? (v16)(88.0f) : x;
  v16 n = (fma16(x, (v16)(1.44269504f), (v16)(12582912.0f))) - (v16)(12582912.0f);
  v16 r = fma16(n, (v16)(-0.693359375f), x);
  r = fma16(n, (v16)(2.12194440e-4f), r);
  v16 p = (v16)(1.9875691500e-4f);
  p = fma16(p, r, (v16)(1.3981999507e-3f));
  p = fma16(p, r, (v16)(8.3334519073e-3f));
  p = fma16(p, r, (v16)(4.1665795894e-2f));
  p = fma16(p, r, (v16)(1.6666665459e-1f));
  p = fma16(p, r, (v16)(5.0000001201e-1f));
  p = fma16(p, r * r, r) + 1.0f;
  i16 power = (__builtin_convertvector(n, i16) + 127) << 23;
  return p * (v16)power;
}

// ln x with an error below 2e-7 times max(1, |ln x|) for positive normal x; NaN stays NaN.
INLINE v16 log16(v16 x) {
  i16 bits = (i16)x;
  i16 exponent = ((bits - 0x3f3504f3) >> 23);
  v16 m = (v16)(bits - (exponent << 23)) - 1.0f;
  v16 e = __builtin_convertvector(exponent, v16);
  v16 p = (v16)(7.0376836292e-2f);
  p = fma16(p, m, (v16)(-1.1514610310e-1f));
  p = fma16(p, m, (v16)(1.1676998740e-1f));
  p = fma16(p, m, (v16)(-1.2420140846e-1f));
  p = fma16(p, m, (v16)(1.4249322787e-1f));
  p = fma16(p, m, (v16)(-1.6668057665e-1f));
  p = fma16(p, m, (v16)(2.0000714765e-1f));
  p = fma16(p, m, (v16)(-2.4999993993e-1f));
  p = fma16(p, m, (v16)(3.3333331174e-1f));
  v16 square = m * m;
  p = p * m * square;
  p = fma16(e, (v16)(-2.12194440e-4f), p);
  p = fma16(square, (v16)(-0.5f), p);
  v16 result = fma16(e, (v16)(0.693359375f), m + p);
  return x == x ? result : x;
}
