// What the two decoders share.
#include "include/cimages.h"

bool decodeJPEG(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason);
bool decodePNG(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason);

// Takes memory for width x height pixels, or says why not.
bool allocatePixels(cimages_image *image, uint32_t width, uint32_t height, int channels, int64_t maximumPixels,
                    char *reason);

void explain(char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));
