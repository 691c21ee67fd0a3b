// AVX-512: 32 registers of sixteen floats.
#if defined(__x86_64__)
enum { widePositions = 16, sparsePositions = 8, denseRows = 6, densePositions = 4 };
enum { placePositions = 16 };
enum { gradientPositions = 8, gradientRows = 4, gradientTerms = 4, transposedRows = 12, peakChains = 12 };
enum { packedGroups = 2, packedPositions = 4, realPositions = 8 };
#define LANES_IN_REGISTER 16
#define LEVEL_NAME "avx512"
#define LEVEL_TABLE clanes_table_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#include "level.h"
#pragma clang attribute pop
#endif
