/// The numbers of a set of samples, sample-major: `[count][channels * height * width]`.
public enum Pixels: Equatable, Sendable {
  /// Whole numbers; what one unit means is the data set's `pixelScale`.
  case bytes([UInt8])
  case floats([Float])

  public var count: Int {
    switch self {
    case .bytes(let values): values.count
    case .floats(let values): values.count
    }
  }
}

/// Samples with their labels.
public struct Split: Equatable, Sendable {
  public var pixels: Pixels
  /// One class index per sample.
  public var labels: [Int32]

  public var count: Int { labels.count }

  /// How many numbers each sample has.
  public var sampleCount: Int { count == 0 ? 0 : pixels.count / count }

  public init(pixels: Pixels, labels: [Int32]) {
    self.pixels = pixels
    self.labels = labels
  }

  /// The samples at `indices`, in that order.
  public func subset(_ indices: [Int32]) -> Split {
    Split(pixels: pixels.gathered(indices, size: sampleCount), labels: indices.map { labels[Int($0)] })
  }
}

extension Pixels {
  fileprivate func gathered(_ indices: [Int32], size: Int) -> Pixels {
    switch self {
    case .bytes(let values): .bytes(Self.gather(values, indices, size))
    case .floats(let values): .floats(Self.gather(values, indices, size))
    }
  }

  private static func gather<Element>(_ values: [Element], _ indices: [Int32], _ size: Int) -> [Element] {
    var gathered: [Element] = []
    gathered.reserveCapacity(indices.count * size)
    for index in indices { gathered.append(contentsOf: values[Int(index) * size..<(Int(index) + 1) * size]) }
    return gathered
  }
}
