// Which levels this machine can run. The compiler's run-time check asks the processor and the operating system.
#include "include/clanes.h"
#include <stddef.h>

extern const clanes_table clanes_table_portable;
#if defined(__x86_64__)
extern const clanes_table clanes_table_avx2, clanes_table_avx512;
#elif defined(__aarch64__)
extern const clanes_table clanes_table_neon;
#endif

static const char *const names[clanesLevels] = {"portable", "avx2", "avx512", "neon"};

const char *clanes_level_name(int32_t level) { return level >= 0 && level < clanesLevels ? names[level] : NULL; }

const clanes_table *clanes_level(int32_t level) {
  switch (level) {
  case clanesPortable: return &clanes_table_portable;
#if defined(__x86_64__)
  case clanesAVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &clanes_table_avx2 : NULL;
  case clanesAVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
               ? &clanes_table_avx512
               : NULL;
#elif defined(__aarch64__)
  case clanesNEON: return &clanes_table_neon;
#endif
  default: return NULL;
  }
}

int32_t clanes_best_level(void) {
  int32_t best = clanesPortable;
  for (int32_t level = clanesPortable; level < clanesLevels; level++)
    if (clanes_level(level)) best = level;
  return best;
}
