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
  *image = (cimages_image){(int32_t)width, (int32_t)height, channels, calloc((size_t)width * height, (size_t)channels)};
  if (!image->pixels) explain(reason, "has %u x %u pixels, more than memory holds", width, height);
  return image->pixels;
}

bool cimages_decode(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image,
                    char reason[cimagesReasonSize]) {
  static const uint8_t jpeg[] = {0xFF, 0xD8, 0xFF}, png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  *image = (cimages_image){0};
  reason[0] = 0;
  bool decoded = false;
  if (count >= sizeof(jpeg) && !memcmp(bytes, jpeg, sizeof(jpeg)))
    decoded = decodeJPEG(bytes, count, maximumPixels, image, reason);
  else if (count >= sizeof(png) && !memcmp(bytes, png, sizeof(png)))
    decoded = decodePNG(bytes, count, maximumPixels, image, reason);
  else
    explain(reason, count == 0 ? "is empty" : "is neither JPEG nor PNG");
  if (!decoded) cimages_free(image);
  return decoded;
}

void cimages_free(cimages_image *image) {
  free(image->pixels);
  *image = (cimages_image){0};
}
