// What the decoders share.
#include "include/cimages.h"

bool decodeJPEG(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason);
bool decodePNG(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason);
bool decodeWebP(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason);
bool decodeTIFF(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason);

// Whether a block of Exif, which is a TIFF file without image, asks to turn or mirror the picture.
bool isTurned(const uint8_t *exif, size_t count);

// Takes memory for width x height pixels, or says why not.
bool allocatePixels(cimages_image *image, uint32_t width, uint32_t height, int channels, int64_t maximumPixels,
                    char *reason);

void explain(char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));
