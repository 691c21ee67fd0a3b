extension RunLengthMask {
  /// A mask of pixels one by one.
  ///
  /// - Parameter pixels: [height][width]: whether each belongs to the object.
  public init(height: Int, width: Int, pixels: [Bool]) {
    precondition(pixels.count == height * width, "\(pixels.count) pixels for a mask of \(width) x \(height)")
    var counts: [UInt32] = [], isObject = false, length: UInt32 = 0
    for column in 0..<width {
      for row in 0..<height {
        if pixels[row * width + column] != isObject {
          counts.append(length)
          (length, isObject) = (0, !isObject)
        }
        length += 1
      }
    }
    counts.append(length)
    self.init(height: height, width: width, counts: counts)
  }

  /// Whether each pixel belongs to the object: [height][width].
  public var pixels: [Bool] {
    var pixels = [Bool](repeating: false, count: height * width), place = 0
    for (i, count) in counts.enumerated() {
      if i % 2 == 1 {
        for position in place..<place + Int(count) { pixels[position % height * width + position / height] = true }
      }
      place += Int(count)
    }
    return pixels
  }
}
