/// The C routines of stages: those that a network needs, and no others.
struct CRoutines {
  let isQuantised: Bool
  let kinds: Set<String>

  static let libraryNote = ", unless EXACT_FMA is defined (libm's fmaf)"

  private var weight: String { isQuantised ? "int8_t" : "float" }
  private var scaleArgument: String { isQuantised ? ", const float *scale" : "" }
  private var value: String { isQuantised ? "(float)weight[t] * scale[unit]" : "weight[t]" }

  /// Where multiply-adds fuse, their order gives the bits of the network that the file was made from.
  var preamble: String {
    """
    #if defined(EXACT_FMA) || defined(__FP_FAST_FMAF) || defined(FP_FAST_FMAF)
    #include <math.h>
    #define FMA(a, b, c) fmaf(a, b, c)
    #else
    #define FMA(a, b, c) ((a) * (b) + (c))
    #endif

    """
  }

  var text: String {
    ["linear", "convolution", "pool", "add", "rectify", "signs", "copy", "upsample"].filter(kinds.contains).map {
      routine in
      switch routine {
      case "linear": linear
      case "convolution": convolution
      case "pool": Self.pool
      case "add": Self.add
      case "rectify": Self.rectify
      case "copy": Self.copy
      case "upsample": Self.upsample
      default: Self.signs
      }
    }.joined(separator: "\n")
  }

  /// Gaps of 0 stand for 255 inputs without a weight.
  private var linear: String {
    """
    static void linear(const float *x, float *y, const float *addend, int units, int relu, const uint16_t *count,
                       const uint8_t *gap, const \(weight) *weight\(scaleArgument), const float *bias) {
      int unit, t;
      for (unit = 0; unit < units; unit++) {
        float sum = addend ? bias[unit] + addend[unit] : bias[unit];
        long column = -1;
        for (t = 0; t < count[unit]; t++) {
          for (; *gap == 0; gap++) column += 255;
          column += *gap++;
          sum = FMA(\(value), x[column], sum);
        }
        weight += count[unit];
        y[unit] = relu && sum < 0 ? 0 : sum;
      }
    }

    """
  }

  /// A unit's image is summed in place, term by term; the zeros around images are left out.
  private var convolution: String {
    """
    typedef struct {
      int height, width, outHeight, outWidth, kernel, stride, padding, inputs, outputs; /* the last two of a group */
    } window;

    static void convolution(const window *w, const float *x, float *y, const float *addend, int units, int relu,
                            const uint16_t *count, const uint8_t *gap, const \(weight) *weight\(scaleArgument),
                            const float *bias) {
      long size = (long)w->height * w->width, outSize = (long)w->outHeight * w->outWidth, i;
      int unit, t, taps = w->kernel * w->kernel;
      for (unit = 0; unit < units; unit++, y += outSize) {
        const float *first = x + unit / w->outputs * w->inputs * size;
        long column = -1;
        for (i = 0; i < outSize; i++) y[i] = addend ? bias[unit] + *addend++ : bias[unit];
        for (t = 0; t < count[unit]; t++) {
          const float *image;
          float value = \(value);
          int row, rows, columns, r, c, from = 0, end = w->outWidth, tap;
          for (; *gap == 0; gap++) column += 255;
          column += *gap++;
          image = first + column / taps * size;
          tap = (int)(column % taps);
          rows = tap / w->kernel - w->padding;
          columns = tap % w->kernel - w->padding;
          while (from < end && from * w->stride + columns < 0) from++;
          while (from < end && (end - 1) * w->stride + columns >= w->width) end--;
          for (r = 0; r < w->outHeight; r++) {
            row = r * w->stride + rows;
            if (row < 0 || row >= w->height) continue;
            for (c = from; c < end; c++) {
              float *sum = y + (long)r * w->outWidth + c;
              *sum = FMA(value, image[(long)row * w->width + c * w->stride + columns], *sum);
            }
          }
        }
        weight += count[unit];
        if (relu) for (i = 0; i < outSize; i++) if (y[i] < 0) y[i] = 0;
      }
    }

    """
  }

  private static let pool = """
    static void pool(const float *x, float *y, int channels, int height, int width, int outHeight, int outWidth, int rows,
                     int columns, int stride, int maximum) {
      int channel, r, c, a, b;
      for (channel = 0; channel < channels; channel++, x += (long)height * width)
        for (r = 0; r < outHeight; r++)
          for (c = 0; c < outWidth; c++) {
            const float *corner = x + (long)r * stride * width + c * stride;
            float value = *corner;
            for (a = 0; a < rows; a++)
              for (b = a == 0; b < columns; b++) {
                float next = corner[(long)a * width + b];
                if (!maximum) value += next;
                else if (next > value) value = next;
              }
            *y++ = maximum ? value : value * (1.0f / (float)(rows * columns));
          }
    }

    """

  private static let add = """
    static void add(const float *x, const float *other, float *y, long count, int relu) {
      long i;
      for (i = 0; i < count; i++) {
        float sum = x[i] + other[i];
        y[i] = relu && sum < 0 ? 0 : sum;
      }
    }

    """

  private static let copy = """
    static void copy(const float *x, float *y, long count) {
      long i;
      for (i = 0; i < count; i++) y[i] = x[i];
    }

    """

  private static let upsample = """
    static void upsample(const float *x, float *y, int channels, int height, int width, int factor) {
      int channel, r, c;
      for (channel = 0; channel < channels; channel++, x += (long)(height / factor) * (width / factor))
        for (r = 0; r < height; r++)
          for (c = 0; c < width; c++) *y++ = x[(long)(r / factor) * (width / factor) + c / factor];
    }

    """

  private static let rectify = """
    static void rectify(const float *x, float *y, long count) {
      long i;
      for (i = 0; i < count; i++) y[i] = x[i] < 0 ? 0 : x[i];
    }

    """

  private static let signs = """
    static void signs(const float *x, float *y, long count) {
      long i;
      for (i = 0; i < count; i++) y[i] = x[i] >= 0 ? 1.0f : -1.0f;
    }

    """
}
