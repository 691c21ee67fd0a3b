// Decodes JPEG, PNG, WebP and TIFF files that lie in memory, and makes PNG files. The libraries report errors by jumping; here they come back as words.
#ifndef CIMAGES_H
#define CIMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { cimagesReasonSize = 256 };

// What an image had that its pixels do not show.
enum {
  cimagesAlpha = 1,       // transparency, dropped
  cimagesSixteenBits = 2, // sixteen bits a channel, rounded to eight
  cimagesInks = 4,        // cyan, magenta, yellow, black, converted without a colour profile
  cimagesTurned = 8,      // a tag that asks for another orientation, not followed
};

typedef struct {
  int32_t width;
  int32_t height;
  int32_t channels; // 1 for grey, 3 for red, green, blue
  uint8_t *pixels;  // [height][width][channels]; to be freed by cimages_free
  uint32_t losses;  // a sum of the above
} cimages_image;

// Decodes `count` bytes. Where it fails, nothing is kept and `reason` says what is wrong, as the rest of a sentence that
// starts with the file's name.
//
// - More than `maximumPixels` pixels (width times height) are refused before memory is taken for them.
// - Alpha is dropped, as Pillow's convert("RGB") does. Sixteen bits become eight by rounding (in grey TIFF: the high byte).
// - CMYK becomes RGB by c k / 255, taking the inks of a JPEG for inverted (Adobe's convention), as Pillow does.
// - Colour profiles, gamma and orientation tags are ignored.
// - Several images in one file (animated WebP, TIFF with pages) are refused.
// - A file that ends too soon or whose data are damaged is refused even where the library would fill up with grey.
bool cimages_decode(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image,
                    char reason[cimagesReasonSize]);

void cimages_free(cimages_image *image);

// Makes a PNG file of grey pixels, [height][width], or of red, green and blue ones, [height][width][3]. `bytes` are to be freed by free(). The same pixels give
// the same bytes with one version of libpng and zlib.
bool cimages_encode_png(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, uint8_t **bytes,
                        size_t *count, char reason[cimagesReasonSize]);

#endif
