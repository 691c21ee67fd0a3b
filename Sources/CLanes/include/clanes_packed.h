// Networks of signs: an activation is a bit (1 for +1, 0 for -1). Included by clanes.h.
//
// A tensor of bits is [sample][row][column][word], channel c in bit c % 64 of word c / 64, with a border of zeros where the
// layer that reads it pads. Outputs of a layer come as bits, 1 where the sum is at least the row's threshold, or as floats.
// Sums are whole numbers, so no order of summation matters.
#ifndef CLANES_PACKED_H
#define CLANES_PACKED_H

#include <stdint.h>

// Where the outputs of a product go. Rows are padded to whole groups: eight rows, of real inputs sixteen.
typedef struct {
  uint64_t *bits;       // or NULL: then floats are written
  float *floats;        // y of row r at floats[yPosition[p] + r]
  const int32_t *xPosition; // [positions], in words, of real inputs in floats
  const int32_t *yPosition; // [positions], in words or floats
  int32_t positions;
  int32_t groups;       // of rows
  const uint8_t *flip;  // [groups], two bytes each of real inputs: bits that are turned over
  const float *bias;    // [rows], of floats; zeros without
} clanes_packed_output;

// sum[r][p] = start[edge[p]][r] - 2 * popcount over words k of mask[r][k] & (sign[r][k] ^ x[xPosition[p] + offset[k]])
//
// Start is the number of the row's weights, with what the border's zeros, which count as -1, are to be corrected by.
typedef struct {
  clanes_packed_output out;
  const uint64_t *x;
  const int32_t *offset; // [words]
  int32_t words;
  const uint64_t *weight;   // [group][word][sign, mask][8 rows]
  const uint16_t *edge;     // [positions]
  const int32_t *start;     // [edges][rows]
  const int32_t *threshold; // [rows], of bits
  float gain;               // floats are fma(gain, sum, bias)
} clanes_packed_product;

// The same of real inputs: sums in the canonical order, bias first, then fused multiply-adds by ascending term.
typedef struct {
  clanes_packed_output out;
  const float *x;
  const int32_t *offset; // [terms]
  int32_t terms;
  const float *weight;    // [group][term][16 rows]
  const float *threshold; // [rows], of bits
} clanes_real_product;

// y[p] = the words of all taps at xPosition[p], joined by or, with the bits of `flip` turned over.
typedef struct {
  const uint64_t *x;
  uint64_t *y;
  const int32_t *xPosition; // [positions], in words
  const int32_t *yPosition;
  int32_t positions;
  const int32_t *tap; // [taps], in words
  int32_t taps;
  int32_t words; // of a position
  const uint64_t *flip; // [words]
} clanes_bit_pool;

#endif
