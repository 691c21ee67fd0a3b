// WebP through libwebp.
#include "decoders.h"
#include <string.h>

#include <webp/decode.h>

// The orientation stands in a chunk EXIF of the RIFF container: name, size, content padded to an even size.
static bool hasTurnedExif(const uint8_t *bytes, size_t count) {
  for (size_t at = 12; at + 8 <= count;) {
    const uint8_t *chunk = bytes + at;
    size_t size = (size_t)chunk[4] | (size_t)chunk[5] << 8 | (size_t)chunk[6] << 16 | (size_t)chunk[7] << 24;
    if (size > count - at - 8) return false;
    if (!memcmp(chunk, "EXIF", 4)) {
      size_t head = size > 6 && !memcmp(chunk + 8, "Exif\0", 6) ? 6 : 0;
      return isTurned(chunk + 8 + head, size - head);
    }
    at += 8 + size + (size & 1);
  }
  return false;
}

bool decodeWebP(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK) {
    explain(reason, "is a damaged or unsupported WebP");
    return false;
  }
  if (features.has_animation) {
    explain(reason, "is an animated WebP");
    return false;
  }
  if (!allocatePixels(image, (uint32_t)features.width, (uint32_t)features.height, 3, maximumPixels, reason)) return false;
  size_t stride = (size_t)image->width * 3;
  if (!WebPDecodeRGBInto(bytes, count, image->pixels, stride * (size_t)image->height, (int)stride)) {
    explain(reason, "is a damaged WebP, or ends too soon");
    return false;
  }
  if (features.has_alpha) image->losses |= cimagesAlpha;
  if (hasTurnedExif(bytes, count)) image->losses |= cimagesTurned;
  return true;
}
