// TIFF through libtiff, which turns every kind of file into rows of red, green, blue and alpha.
#include "decoders.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

typedef struct {
  const uint8_t *bytes;
  toff_t count, at;
} source;

static tmsize_t readBytes(thandle_t handle, void *target, tmsize_t count) {
  source *s = handle;
  if (count < 0 || s->at >= s->count) return 0;
  if ((toff_t)count > s->count - s->at) count = (tmsize_t)(s->count - s->at);
  memcpy(target, s->bytes + s->at, (size_t)count);
  s->at += (toff_t)count;
  return count;
}

static tmsize_t writeNothing(thandle_t handle, void *bytes, tmsize_t count) {
  (void)handle, (void)bytes, (void)count;
  return -1;
}

static toff_t seekTo(thandle_t handle, toff_t offset, int origin) {
  source *s = handle;
  s->at = origin == SEEK_SET ? offset : origin == SEEK_CUR ? s->at + offset : s->count + offset;
  return s->at;
}

static int closeNothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t sizeOf(thandle_t handle) { return ((source *)handle)->count; }

// Messages go to a handler that all threads share; each has a place of its own for the first of them.
static _Thread_local char firstMessage[cimagesReasonSize];

static void keepMessage(const char *module, const char *format, va_list arguments) {
  (void)module;
  if (!firstMessage[0]) vsnprintf(firstMessage, sizeof(firstMessage), format, arguments);
}

static bool refuse(char *reason) {
  explain(reason, "is a damaged or unsupported TIFF (%.200s)", firstMessage[0] ? firstMessage : "without a reason");
  return false;
}

// Reduced copies and masks may follow an image; other pages are samples of their own.
static bool hasPages(TIFF *tiff) {
  bool found = false;
  while (!found && TIFFReadDirectory(tiff)) {
    uint32_t kind = 0;
    TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind);
    found = !(kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK));
  }
  TIFFSetDirectory(tiff, 0);
  return found;
}

static bool readPixels(TIFF *tiff, cimages_image *image, char *reason) {
  size_t count = (size_t)image->width * (size_t)image->height;
  uint32_t *raster = calloc(count, sizeof(*raster));
  TIFFRGBAImage rows;
  char message[1024] = "";
  if (!raster || !TIFFRGBAImageBegin(&rows, tiff, 1, message)) {
    free(raster);
    explain(reason, "is a TIFF that cannot be read (%.200s)", raster ? message : "out of memory");
    return false;
  }
  rows.req_orientation = rows.orientation; // as the rows are stored
  bool isRead = TIFFRGBAImageGet(&rows, raster, rows.width, rows.height) && !firstMessage[0];
  TIFFRGBAImageEnd(&rows);
  for (size_t i = 0; isRead && i < count; i++) {
    uint8_t *pixel = image->pixels + i * (size_t)image->channels;
    pixel[0] = (uint8_t)TIFFGetR(raster[i]);
    if (image->channels == 1) continue;
    pixel[1] = (uint8_t)TIFFGetG(raster[i]);
    pixel[2] = (uint8_t)TIFFGetB(raster[i]);
  }
  free(raster);
  return isRead || refuse(reason);
}

static bool decode(TIFF *tiff, int64_t maximumPixels, cimages_image *image, char *reason) {
  if (hasPages(tiff)) {
    explain(reason, "is a TIFF of several pages");
    return false;
  }
  uint32_t width = 0, height = 0;
  uint16_t samples = 1, bits = 1, photometric = PHOTOMETRIC_MINISBLACK, orientation = ORIENTATION_TOPLEFT;
  uint16_t extraCount = 0, *extras = NULL;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extraCount, &extras);
  if (samples > 5 || bits > 16) {
    explain(reason, "is a TIFF of %u channels of %u bits", samples, bits);
    return false;
  }
  bool isGrey = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
  if (!allocatePixels(image, width, height, isGrey ? 1 : 3, maximumPixels, reason)) return false;
  // Alpha that counts as multiplied in already leaves the colours as they are stored.
  uint16_t associated = EXTRASAMPLE_ASSOCALPHA;
  if (extraCount > 0) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &associated);
  if (extraCount > 0) image->losses |= cimagesAlpha;
  if (bits == 16) image->losses |= cimagesSixteenBits;
  if (photometric == PHOTOMETRIC_SEPARATED) image->losses |= cimagesInks;
  if (orientation != ORIENTATION_TOPLEFT) image->losses |= cimagesTurned;
  return readPixels(tiff, image, reason);
}

bool decodeTIFF(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason) {
  source s = {bytes, count, 0};
  TIFFSetErrorHandler(keepMessage);
  TIFFSetWarningHandler(NULL);
  firstMessage[0] = 0;
  TIFF *tiff = TIFFClientOpen("image", "rm", &s, readBytes, writeNothing, seekTo, closeNothing, sizeOf, NULL, NULL);
  if (!tiff) return refuse(reason);
  bool decoded = decode(tiff, maximumPixels, image, reason);
  TIFFClose(tiff);
  return decoded;
}
