// Plain C for any machine: every multiply-add is a call of fmaf where the compiler knows no instruction.
enum { widePositions = 4, sparsePositions = 4, denseRows = 4, densePositions = 1 };
enum { placePositions = 8 };
enum { gradientPositions = 4, gradientRows = 2, gradientTerms = 4, transposedRows = 2, peakChains = 2 };
enum { packedGroups = 1, packedPositions = 2, realPositions = 2 };
#define LANES_IN_REGISTER 4
#define LEVEL_NAME "portable"
#define LEVEL_TABLE clanes_table_portable
#include "level.h"
