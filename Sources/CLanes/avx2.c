// AVX2 and FMA: sixteen registers of eight floats, so a lane vector takes two.
#if defined(__x86_64__)
// 6 rows x 1 position are 12 sums, 2 inputs and 1 weight in 16 registers. A sparse row of 4 positions has 8 chains, which
// is what two units of latency four need. Four positions of dy stay in 8 registers over a row
// of the weight gradient.
enum { widePositions = 4, sparsePositions = 4, denseRows = 6, densePositions = 1 };
enum { placePositions = 8 };
enum { gradientPositions = 4, gradientRows = 3, gradientTerms = 4, transposedRows = 6, peakChains = 6 };
enum { packedGroups = 1, packedPositions = 2, realPositions = 4 };
#define LANES_IN_REGISTER 8
#define LEVEL_NAME "avx2"
#define LEVEL_TABLE clanes_table_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "level.h"
#pragma clang attribute pop
#endif
