// Feeds damaged JPEG, PNG, WebP and TIFF files to the decoders of Sources/CImages. Built by fuzz.sh with the address and
// undefined-behaviour sanitizers; whatever they find ends the program.
//
//   fuzz_images ROUNDS FILE...   each file as it is (which must decode), all its beginnings, and ROUNDS mutations of it
//   fuzz_images - FILE...        each file once, to look at a single input
//
// Mutations are a function of the file's place and the round, so a finding can be repeated. The input that was being
// decoded is left in the file `fuzz-input` of the working folder when a sanitizer ends the program. Built with -DLIBFUZZER and
// -fsanitize=fuzzer it is a target for libFuzzer instead.
#include "cimages.h"
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// Small, so that a round is short; files beyond it test the limit.
enum { maximumPixels = 1 << 16 };

static const uint8_t *input;
static size_t inputCount;

static void keepInput(void) {
  FILE *file = input ? fopen("fuzz-input", "wb") : NULL;
  if (!file) return;
  fwrite(input, 1, inputCount, file);
  fclose(file);
}

static void finding(const char *what) {
  fprintf(stderr, "%s\n", what);
  keepInput();
  abort();
}

// Decodes a copy of just the size that may be read. What comes out must have the size that it says.
static bool decode(const uint8_t *bytes, size_t count) {
  uint8_t *exact = malloc(count ? count : 1);
  if (count) memcpy(exact, bytes, count);
  cimages_image image;
  char reason[cimagesReasonSize];
  bool decoded = cimages_decode(exact, count, maximumPixels, &image, reason);
  free(exact);
  if (!decoded) {
    if (!reason[0] || strlen(reason) >= cimagesReasonSize || image.pixels) finding("refused without a reason");
    return false;
  }
  size_t size = (size_t)image.width * (size_t)image.height * (size_t)image.channels;
  if (image.width < 1 || image.height < 1 || size > 3u * maximumPixels || (image.channels != 1 && image.channels != 3))
    finding("an impossible size");
  volatile uint32_t sum = 0;
  for (size_t i = 0; i < size; i++) sum += image.pixels[i];
  cimages_free(&image);
  return true;
}

#if defined(LIBFUZZER)
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  decode(bytes, count);
  return 0;
}
#else

static uint32_t state;

static uint32_t nextWord(void) {
  uint32_t z = state++ * 0x9e3779b9u;
  z ^= z >> 16;
  z *= 0x7feb352d;
  z ^= z >> 15;
  z *= 0x846ca68b;
  return z ^ z >> 16;
}

static size_t nextBelow(size_t bound) { return (size_t)((uint64_t)nextWord() * bound >> 32); }

// Numbers at the edges of what headers hold.
static uint8_t nextByte(void) {
  static const uint8_t edges[] = {0, 1, 2, 3, 4, 8, 16, 0x7F, 0x80, 0xC0, 0xC2, 0xDA, 0xE0, 0xEE, 0xFE, 0xFF};
  return nextBelow(2) ? edges[nextBelow(sizeof(edges))] : (uint8_t)nextWord();
}

static size_t mutate(uint8_t *bytes, size_t count, size_t capacity) {
  for (size_t changes = 1 + nextBelow(4); changes && count > 1; changes--) {
    size_t at = nextBelow(count), length = 1 + nextBelow(count - at < 32 ? count - at : 32);
    switch (nextBelow(8)) {
    case 0: bytes[at] ^= (uint8_t)(1 << nextBelow(8)); break;
    case 1:
    case 2: bytes[at] = nextByte(); break;
    case 3: // headers stand at the front
      bytes[nextBelow(count < 64 ? count : 64)] = nextByte();
      break;
    case 4: // remove
      memmove(bytes + at, bytes + at + length, count - at - length);
      count -= length;
      break;
    case 5: // repeat
      if (count + length > capacity) break;
      memmove(bytes + at + length, bytes + at, count - at);
      count += length;
      break;
    case 6: // copy from elsewhere
      memmove(bytes + at, bytes + nextBelow(count - length + 1), length);
      break;
    default: // end early
      if (nextBelow(4) == 0) count = 1 + nextBelow(count);
    }
  }
  return count;
}

// Makes the checksums of a PNG right again, so that its decoder gets to see what stands in the chunks.
static void repairChecksums(uint8_t *bytes, size_t count) {
  for (size_t at = 8; at + 12 <= count;) {
    size_t length = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 | (size_t)bytes[at + 2] << 8 | bytes[at + 3];
    if (length > count - at - 12) return;
    uint32_t sum = (uint32_t)crc32(0, bytes + at + 4, (uInt)length + 4);
    for (int i = 0; i < 4; i++) bytes[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
    at += 12 + length;
  }
}

static bool decodeInput(const uint8_t *bytes, size_t count) {
  input = bytes;
  inputCount = count;
  return decode(bytes, count);
}

int main(int argc, char **argv) {
  enum { capacity = 1 << 16 };
  if (argc < 3) return 64;
  static uint8_t seed[capacity], bytes[2 * capacity];
  __sanitizer_set_death_callback(keepInput);
  long rounds = atol(argv[1]), decoded = 0, refused = 0;
  for (int f = 2; f < argc; f++) {
    FILE *file = fopen(argv[f], "rb");
    if (!file) return 66;
    size_t count = fread(seed, 1, capacity, file);
    fclose(file);
    if (!decodeInput(seed, count) && argv[1][0] != '-') {
      fprintf(stderr, "%s does not decode\n", argv[f]);
      return 65;
    }
    if (argv[1][0] == '-') continue;
    for (size_t length = 0; length < count; length += 1 + count / 200) decodeInput(seed, length);
    for (long round = 0; round < rounds; round++) {
      state = (uint32_t)(f * 1000003 + round * 64);
      memcpy(bytes, seed, count);
      size_t size = mutate(bytes, count, sizeof(bytes));
      if (nextBelow(4)) repairChecksums(bytes, size);
      if (decodeInput(bytes, size)) decoded++;
      else refused++;
    }
  }
  printf("%ld damaged files decoded, %ld refused\n", decoded, refused);
  return 0;
}
#endif
