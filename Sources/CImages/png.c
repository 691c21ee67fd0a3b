// PNG through libpng.
//
// The library leaves by longjmp, over its own frames alone: the setjmp stands in decodePNG, whose state after it is in
// structs that the library knows by address.
#include "decoders.h"
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
  const uint8_t *bytes;
  size_t count;
  png_structp png;
  png_infop info;
  jmp_buf failed;
  char *reason;
} decoder;

static void fail(png_structp png, png_const_charp message) {
  decoder *d = png_get_error_ptr(png);
  explain(d->reason, "is a damaged or unsupported PNG (%s)", message);
  longjmp(d->failed, 1);
}

static void warn(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void readBytes(png_structp png, png_bytep target, size_t count) {
  decoder *d = png_get_io_ptr(png);
  if (count > d->count) png_error(png, "it ends too soon");
  memcpy(target, d->bytes, count);
  d->bytes += count;
  d->count -= count;
}

// Reads the header, asks for eight bits a channel without alpha, and takes memory.
static bool start(decoder *d, int64_t maximumPixels, cimages_image *image) {
  png_set_read_fn(d->png, d, readBytes);
  png_set_user_limits(d->png, 1 << 24, 1 << 24);
#ifdef PNG_HANDLE_AS_UNKNOWN_SUPPORTED
  // Skips texts, profiles, gamma and the like, which may be large and are not used.
  png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
#endif
  png_read_info(d->png, d->info);
  int type = png_get_color_type(d->png, d->info), depth = png_get_bit_depth(d->png, d->info);
  bool isGrey = !(type & PNG_COLOR_MASK_COLOR);
  if (!allocatePixels(image, png_get_image_width(d->png, d->info), png_get_image_height(d->png, d->info),
                      isGrey ? 1 : 3, maximumPixels, d->reason))
    return false;
  if (depth == 16) image->losses |= cimagesSixteenBits;
  if (type & PNG_COLOR_MASK_ALPHA || png_get_valid(d->png, d->info, PNG_INFO_tRNS)) image->losses |= cimagesAlpha;
  if (depth == 16) png_set_scale_16(d->png);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(d->png);
  if (isGrey && depth < 8) png_set_expand_gray_1_2_4_to_8(d->png);
  png_set_strip_alpha(d->png);
  return true;
}

static bool readRows(decoder *d, cimages_image *image) {
  int passes = png_set_interlace_handling(d->png);
  png_read_update_info(d->png, d->info);
  size_t stride = (size_t)image->width * (size_t)image->channels;
  if (png_get_rowbytes(d->png, d->info) != stride) {
    explain(d->reason, "is a PNG that decodes to another size than its header says");
    return false;
  }
  for (int pass = 0; pass < passes; pass++)
    for (int32_t row = 0; row < image->height; row++) png_read_row(d->png, image->pixels + (size_t)row * stride, NULL);
  png_read_end(d->png, NULL);
  return true;
}

bool decodePNG(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason) {
  decoder d;
  memset(&d, 0, sizeof(d));
  d.bytes = bytes;
  d.count = count;
  d.reason = reason;
  if (setjmp(d.failed)) {
    png_destroy_read_struct(&d.png, &d.info, NULL);
    return false;
  }
  d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, fail, warn);
  d.info = d.png ? png_create_info_struct(d.png) : NULL;
  bool decoded = false;
  if (d.info) decoded = start(&d, maximumPixels, image) && readRows(&d, image);
  else explain(reason, "cannot be decoded: libpng does not start");
  png_destroy_read_struct(&d.png, &d.info, NULL);
  return decoded;
}

bool cimages_encode_png(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, uint8_t **bytes,
                        size_t *count, char *reason) {
  *bytes = NULL;
  *count = 0;
  if (width < 1 || height < 1 || (channels != 1 && channels != 3)) {
    explain(reason, "make no PNG");
    return false;
  }
  // Without filters between rows, which do not help drawings of few colours.
  png_image image = {.version = PNG_IMAGE_VERSION, .width = (png_uint_32)width, .height = (png_uint_32)height,
                     .format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB, .flags = PNG_IMAGE_FLAG_FAST};
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  uint8_t *file = malloc(size);
  if (!file || !png_image_write_to_memory(&image, file, &size, 0, pixels, 0, NULL)) {
    explain(reason, "make no PNG (%s)", file ? image.message : "out of memory");
    free(file);
    return false;
  }
  *bytes = file;
  *count = size;
  return true;
}
