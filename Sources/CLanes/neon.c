// NEON: 32 registers of four floats, so a lane vector takes four.
#if defined(__aarch64__)
enum { widePositions = 4, sparsePositions = 4, denseRows = 6, densePositions = 1 };
enum { placePositions = 16 };
enum { gradientPositions = 4, gradientRows = 4, gradientTerms = 4, transposedRows = 6, peakChains = 6 };
enum { packedGroups = 1, packedPositions = 2, realPositions = 4 };
#define LANES_IN_REGISTER 4
#define LEVEL_NAME "neon"
#define LEVEL_TABLE clanes_table_neon
#include "level.h"
#endif
