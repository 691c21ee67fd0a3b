// JPEG through libjpeg-turbo.
//
// The library leaves by longjmp, over its own frames alone: the setjmp stands in decodeJPEG, whose state after it is in
// structs that the library knows by address.
#include "decoders.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// A progressive file may repeat tiny scans without end, each of which takes time for the whole image.
enum { maximumScans = 500 };

typedef struct {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  char *reason;
} decoder;

static void fail(j_common_ptr common) {
  decoder *d = (decoder *)common->client_data;
  char message[JMSG_LENGTH_MAX];
  common->err->format_message(common, message);
  explain(d->reason, "is a damaged or unsupported JPEG (%s)", message);
  longjmp(d->failed, 1);
}

// The library goes on after a warning with pixels of its own invention; only what leaves the pixels alone is let pass.
static void warn(j_common_ptr common, int level) {
  if (level >= 0) return;
  switch (common->err->msg_code) {
  case JWRN_JPEG_EOF:
  case JWRN_HIT_MARKER:
  case JWRN_HUFF_BAD_CODE:
  case JWRN_ARITH_BAD_CODE:
  case JWRN_MUST_RESYNC:
  case JWRN_NOT_SEQUENTIAL:
    fail(common);
  default: break;
  }
}

static void countScans(j_common_ptr common) {
  decoder *d = (decoder *)common->client_data;
  if (d->info.input_scan_number <= maximumScans) return;
  explain(d->reason, "is a JPEG of more than %d scans", maximumScans);
  longjmp(d->failed, 1);
}

static bool start(decoder *d, const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image) {
  struct jpeg_decompress_struct *info = &d->info;
  jpeg_create_decompress(info);
  info->client_data = d;
  d->progress.progress_monitor = countScans;
  info->progress = &d->progress;
  jpeg_mem_src(info, bytes, (unsigned long)count);
  jpeg_save_markers(info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(info, TRUE);
  for (jpeg_saved_marker_ptr m = info->marker_list; m; m = m->next)
    if (m->data_length > 6 && !memcmp(m->data, "Exif\0", 6) && isTurned(m->data + 6, m->data_length - 6))
      image->losses |= cimagesTurned;
  switch (info->jpeg_color_space) {
  case JCS_GRAYSCALE: info->out_color_space = JCS_GRAYSCALE; break;
  case JCS_YCbCr:
  case JCS_RGB: info->out_color_space = JCS_RGB; break;
  case JCS_CMYK:
  case JCS_YCCK: info->out_color_space = JCS_CMYK; break;
  default: explain(d->reason, "is a JPEG of an unknown colour space"); return false;
  }
  if (info->out_color_space == JCS_CMYK) image->losses |= cimagesInks;
  int channels = info->out_color_space == JCS_GRAYSCALE ? 1 : 3;
  if (!allocatePixels(image, info->image_width, info->image_height, channels, maximumPixels, d->reason)) return false;
  // The exact integer transform, which gives the same pixels with and without vector instructions.
  info->dct_method = JDCT_ISLOW;
  jpeg_start_decompress(info);
  return true;
}

static uint8_t productOver255(uint32_t a, uint32_t b) {
  uint32_t t = a * b + 128;
  return (uint8_t)((t + (t >> 8)) >> 8);
}

// Inks are stored inverted, as Adobe's programs do and all others after them: 255 is none.
static void convertInks(const uint8_t *inks, uint8_t *pixels, int32_t width) {
  for (int32_t x = 0; x < width; x++, inks += 4, pixels += 3)
    for (int c = 0; c < 3; c++) pixels[c] = productOver255(inks[c], inks[3]);
}

static bool readRows(decoder *d, cimages_image *image) {
  struct jpeg_decompress_struct *info = &d->info;
  bool isInks = info->out_color_space == JCS_CMYK;
  if (info->output_width != (JDIMENSION)image->width || info->output_height != (JDIMENSION)image->height ||
      info->output_components != (isInks ? 4 : image->channels)) {
    explain(d->reason, "is a JPEG that decodes to another size than its header says");
    return false;
  }
  JSAMPARRAY inks =
      isInks ? info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, (JDIMENSION)image->width * 4, 1) : NULL;
  while (info->output_scanline < info->output_height) {
    uint8_t *target = image->pixels + (size_t)info->output_scanline * (size_t)image->width * (size_t)image->channels;
    JSAMPROW row = inks ? inks[0] : target;
    jpeg_read_scanlines(info, &row, 1);
    if (inks) convertInks(row, target, image->width);
  }
  jpeg_finish_decompress(info);
  return true;
}

bool decodeJPEG(const uint8_t *bytes, size_t count, int64_t maximumPixels, cimages_image *image, char *reason) {
  decoder d;
  memset(&d, 0, sizeof(d));
  d.reason = reason;
  d.info.err = jpeg_std_error(&d.errors);
  d.errors.error_exit = fail;
  d.errors.emit_message = warn;
  d.info.client_data = &d;
  if (setjmp(d.failed)) {
    jpeg_destroy_decompress(&d.info);
    return false;
  }
  bool decoded = start(&d, bytes, count, maximumPixels, image) && readRows(&d, image);
  jpeg_destroy_decompress(&d.info);
  return decoded;
}
