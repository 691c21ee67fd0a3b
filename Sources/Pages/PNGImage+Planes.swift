/// Pictures of planes of numbers.
extension PNGImage {
  /// Dark for 0 to bright for `highest`.
  public static func bright(height: Int, width: Int, values: [Double], highest: Double) -> PNGImage {
    var pixels: [UInt8] = []
    for value in values { pixels += heat(highest > 0 ? max(0, value) / highest : 0) }
    return PNGImage(width: width, height: height, pixels: pixels)
  }

  /// Blue below 0, orange above, dark at 0.
  public static func signed(height: Int, width: Int, values: [Double]) -> PNGImage {
    let highest = max(values.reduce(0) { max($0, $1.magnitude) }, .leastNormalMagnitude)
    let dark = [24.0, 22, 34], below = [90.0, 175, 255], above = [255.0, 165, 60]
    var pixels: [UInt8] = []
    for value in values {
      let share = (value.magnitude / highest).squareRoot(), end = value < 0 ? below : above
      for part in 0..<3 { pixels.append(UInt8(min(255, dark[part] + (end[part] - dark[part]) * share))) }
    }
    return PNGImage(width: width, height: height, pixels: pixels)
  }

  /// Channels side by side as red, green and blue where there are three; else the first in grey scale. Each from 0 at
  /// the middle grey to the largest magnitude.
  public static func colours(shape: [Int], values: [Double]) -> PNGImage {
    let plane = shape[1] * shape[2]
    guard shape[0] == 3 else {
      return signed(height: shape[1], width: shape[2], values: Array(values.prefix(plane)))
    }
    let highest = max(values.reduce(0) { max($0, $1.magnitude) }, .leastNormalMagnitude)
    var pixels: [UInt8] = []
    for place in 0..<plane {
      for channel in 0..<3 {
        let value = values[channel * plane + place], root = (value.magnitude / highest).squareRoot()
        pixels.append(UInt8(128 + (value < 0 ? -127 : 127) * root))
      }
    }
    return PNGImage(width: shape[2], height: shape[1], pixels: pixels)
  }

  /// A sample's bytes, [channel][row][column]: three channels as red, green and blue, else the first in grey.
  public static func sample(channels: Int, height: Int, width: Int, _ bytes: [UInt8]) -> PNGImage {
    let plane = height * width
    precondition(bytes.count == channels * plane, "\(bytes.count) bytes for \(channels)x\(height)x\(width)")
    return PNGImage(
      width: width, height: height,
      pixels: (0..<plane).flatMap { place in (0..<3).map { bytes[(channels == 3 ? $0 : 0) * plane + place] } })
  }

  private static func heat(_ share: Double) -> [UInt8] {
    let share = min(1, share)
    let parts = [24 + 231 * min(1, 1.6 * share), 22 + 210 * share * share, 34 + 90 * share * (1 - share)]
    return parts.map { UInt8(min(255, $0)) }
  }

  /// Pictures of one size in rows, a pixel apart.
  public static func grid(_ images: [PNGImage], columns: Int) -> PNGImage? {
    guard let first = images.first else { return nil }
    let columns = min(columns, images.count), rows = (images.count + columns - 1) / columns
    let width = columns * (first.width + 1) - 1, height = rows * (first.height + 1) - 1
    var pixels = [UInt8](repeating: 255, count: 3 * width * height)
    for (place, image) in images.enumerated() {
      let top = place / columns * (first.height + 1), left = place % columns * (first.width + 1)
      for row in 0..<first.height {
        let start = 3 * ((top + row) * width + left)
        pixels.replaceSubrange(
          start..<start + 3 * first.width, with: image.pixels[3 * row * first.width..<3 * (row + 1) * first.width])
      }
    }
    return PNGImage(width: width, height: height, pixels: pixels)
  }
}
