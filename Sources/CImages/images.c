#include "decoders.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void explain(char *reason, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, cimagesReasonSize, format, arguments);
  va_end(arguments);
}

bool allocatePixels(cimages_image *image, uint32_t width, uint32_t height, int channels, int64_t maximumPixels,
                    char *reason) {
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX) {
    explain(reason, "promises %u x %u pixels", width, height);
    return false;
  }
  if ((int64_t)width > maximumPixels / height) {
    explain(reason, "has %u x %u pixels, more than %lld", width, height, (long long)maximumPixels);
    return false;
  }
  image->width = (int32_t)width;
  image->height = (int32_t)height;
  image->channels = channels;
  image->pixels = calloc((size_t)width * height, (size_t)channels);
  if (!image->pixels) explain(reason, "has %u x %u pixels, more than memory holds", width, height);
  return image->pixels;
}

static uint32_t exifNumber(const uint8_t *bytes, int size, bool isLittle) {
  uint32_t number = 0;
  for (int i = 0; i < size; i++) number = number << 8 | bytes[isLittle ? size - 1 - i : i];
  return number;
}

bool isTurned(const uint8_t *exif, size_t count) {
  enum { orientation = 0x0112, entrySize = 12 };
  if (count < 8 || (memcmp(exif, "II", 2) && memcmp(exif, "MM", 2))) return false;
  bool isLittle = exif[0] == 'I';
  size_t start = exifNumber(exif + 4, 4, isLittle);
  if (start > count - 2) return false;
  size_t entries = exifNumber(exif + start, 2, isLittle);
  for (const uint8_t *entry = exif + start + 2; entries && (size_t)(exif + count - entry) >= entrySize;
       entries--, entry += entrySize)
    if (exifNumber(entry, 2, isLittle) == orientation) return exifNumber(entry + 8, 2, isLittle) > 1;
  return false;
}

typedef struct {
  const char *start; // compared where it is not a question mark
  size_t count;
  bool (*decode)(const uint8_t *, size_t, int64_t, cimages_image *, char *);
  const char *reason; // for those that are not decoded
} format;

static const format formats[] = {
    {"\xFF\xD8\xFF", 3, decodeJPEG, NULL},
    {"\x89PNG\r\n\x1A\n", 8, decodePNG, NULL},
    {"RIFF????WEBP", 12, decodeWebP, NULL},
    {"II*\0", 4, decodeTIFF, NULL},
    {"MM\0*", 4, decodeTIFF, NULL},
    {"II+\0", 4, decodeTIFF, NULL},
    {"MM\0+", 4, decodeTIFF, NULL},
    {"GIF8", 4, NULL, "is a GIF, which is not read"},
    {"BM", 2, NULL, "is a BMP, which is not read"},
    {"????ftyphei", 11, NULL, "is a HEIC, which is not read"},
    {"????ftypavif", 12, NULL, "is an AVIF, which is not read"},
    {"\0\0\0\x0CjP  ", 8, NULL, "is a JPEG 2000, which is not read"},
};

static bool starts(const uint8_t *bytes, size_t count, const format *f) {
  if (count < f->count) return false;
  for (size_t i = 0; i < f->count; i++)
    if (f->start[i] != '?' && (uint8_t)f->start[i] != bytes[i]) return false;
  return true;
}

bool cimages_decode(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image,
                    char reason[cimagesReasonSize]) {
  *image = (cimages_image){0};
  reason[0] = 0;
  const format *found = formats, *end = formats + sizeof(formats) / sizeof(formats[0]);
  while (found < end && !starts(bytes, count, found)) found++;
  bool decoded = false;
  if (found == end) explain(reason, count == 0 ? "is empty" : "is neither JPEG, PNG, WebP nor TIFF");
  else if (!found->decode) explain(reason, "%s", found->reason);
  else decoded = found->decode(bytes, count, maximumPixels, image, reason);
  if (!decoded) cimages_free(image);
  return decoded;
}

void cimages_free(cimages_image *image) {
  free(image->pixels);
  *image = (cimages_image){0};
}
