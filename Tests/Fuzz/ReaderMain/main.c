// libFuzzer's door to the readers of Tests/Fuzz/Readers; `main` is libFuzzer's. TOMBOLA_READER names the reader.
#include <stddef.h>
#include <stdint.h>

void tombola_read(const uint8_t *bytes, intptr_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  tombola_read(bytes, (intptr_t)count);
  return 0;
}
