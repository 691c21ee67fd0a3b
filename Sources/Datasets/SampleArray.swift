public import Basics

/// Where the channels of samples [n, a, b, c] stand: in a or in c.
public enum ChannelOrder: String, CaseIterable, Sendable {
  case first, last
}

/// Samples in memory of a caller, C order, one after the other; nothing is kept of them here.
public struct SampleArray {
  public enum Elements {
    /// Pixels worth 1/255.
    case bytes(UnsafePointer<UInt8>)
    /// Values that count as they are.
    case floats(UnsafePointer<Float>)
  }

  public let elements: Elements
  public let count: Int
  /// Of a sample.
  public let shape: FeatureShape
  let layout: SampleLayout

  /// - Parameters:
  ///   - shape: [n, features], [n, height, width], or [n, a, b, c] with the channels in a or c.
  ///   - channels: Which of the two; `nil` where the shape tells.
  ///   - name: For messages: `x`.
  /// - Throws: `Problem.usage` if the shape is none of samples, or can be read in two ways and nothing is said.
  public init(_ elements: Elements, shape: [Int], channels: ChannelOrder? = nil, name: String = "x") throws {
    guard (2...4).contains(shape.count), shape.allSatisfy({ 0 < $0 && $0 <= Int(Int32.max) }),
      shape.dropFirst().reduce(1.0, { $0 * Double($1) }) <= Double(1 << 30)
    else {
      throw Problem.usage(
        "\(name) has the shape \(shape).",
        remedy: "Give samples as [n, features], [n, height, width], [n, height, width, channels] or "
          + "[n, channels, height, width].")
    }
    layout = try SampleLayout(dimensions: Array(shape.dropFirst()), channels, name: name)
    (self.elements, self.shape, count) = (elements, layout.shape, shape[0])
  }

  /// What the elements are, as data in memory are named: `uint8` or `float32`.
  public var type: String {
    switch elements {
    case .bytes: "uint8"
    case .floats: "float32"
    }
  }

  /// Samples by their places, channels first: the only copy that is made.
  func pixels(_ places: [Int32]) -> Pixels {
    switch elements {
    case .bytes(let values): .bytes(gathered(values, places))
    case .floats(let values): .floats(gathered(values, places))
    }
  }

  private func gathered<Element>(_ values: UnsafePointer<Element>, _ places: [Int32]) -> [Element] {
    let size = shape.count
    return [Element](unsafeUninitializedCapacity: places.count * size) { target, filled in
      for (row, place) in places.enumerated() {
        copy(values + Int(place) * size, to: target.baseAddress! + row * size)
      }
      filled = places.count * size
    }
  }

  /// One sample, channels first.
  private func copy<Element>(_ sample: UnsafePointer<Element>, to target: UnsafeMutablePointer<Element>) {
    guard layout.channelsLast, shape.channels > 1 else {
      return target.initialize(from: sample, count: shape.count)
    }
    let plane = shape.height * shape.width, channels = shape.channels
    for channel in 0..<channels {
      for place in 0..<plane { (target + channel * plane + place).initialize(to: sample[place * channels + channel]) }
    }
  }

  /// Samples `range`, channels first, into memory that holds as many bytes.
  public func copy(_ range: Range<Int>, to target: UnsafeMutablePointer<UInt8>) {
    guard case .bytes(let values) = elements else { preconditionFailure("\(type) samples are no bytes") }
    for (row, place) in range.enumerated() { copy(values + place * shape.count, to: target + row * shape.count) }
  }

  /// Samples `range`, channels first, into memory that holds as many floats.
  public func copy(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    guard case .floats(let values) = elements else { preconditionFailure("\(type) samples are no floats") }
    for (row, place) in range.enumerated() { copy(values + place * shape.count, to: target + row * shape.count) }
  }

  /// The first number that is not finite.
  public var strange: (sample: Int, value: Float)? {
    guard case .floats(let values) = elements else { return nil }
    let all = UnsafeBufferPointer(start: values, count: count * shape.count)
    return all.firstIndex { !$0.isFinite }.map { ($0 / shape.count, values[$0]) }
  }
}

extension Dataset {
  /// Samples and labels from a caller's memory, each sample copied once, named `arrays:TYPE-DIGEST` by what they are.
  ///
  /// - Parameters:
  ///   - labels: A class a sample.
  ///   - test: Samples to test with; without them a share of each class is taken, as of files that come without a test split.
  /// - Throws: `Problem` if samples and labels do not fit together, or the two parts.
  public init(
    arrays train: SampleArray, labels: [Int32], test: (samples: SampleArray, labels: [Int32])? = nil,
    testShare: Double? = nil
  ) throws {
    for (part, count, name) in [(train, labels.count, "x")]
      + (test.map { [($0.samples, $0.labels.count, "x_test")] } ?? [])
    {
      guard part.count == count else {
        throw Problem.badData(
          "\(name) has \(grouped(part.count)) samples, and there are \(grouped(count)) labels.",
          remedy: "Give one label a sample.")
      }
    }
    if let test, test.samples.shape != train.shape || test.samples.type != train.type {
      throw Problem.badData(
        "x_test has samples of \(test.samples.shape) (\(test.samples.type)), x of \(train.shape) (\(train.type)).",
        remedy: "Give both parts one shape and one type.")
    }
    guard test == nil || testShare == nil else {
      throw Problem.usage("A share for testing has no effect where x_test is given.", remedy: "Leave test_share out.")
    }
    var options = LoadOptions()
    if let testShare { options.testShare = testShare }
    let name = "arrays:\(train.type)", all = { (count: Int) in (0..<Int32(count)).map { $0 } }
    let parts =
      try test == nil
      ? TestShare.places(labels, options, name: "x", remedy: "Give at least three of a class, or x_test and y_test.")
      : (train: all(train.count), test: [])
    let split = Split(pixels: train.pixels(parts.train), labels: parts.train.map { labels[Int($0)] })
    let tests =
      test.map { Split(pixels: $0.samples.pixels(all($0.samples.count)), labels: $0.labels) }
      ?? Split(pixels: train.pixels(parts.test), labels: parts.test.map { labels[Int($0)] })
    let isPixels = train.type == "uint8"
    try self.init(
      name: name, source: "arrays in memory",
      notes: train.layout.notes + (test == nil ? [TestShare.note(options)] : []),
      inputShape: train.shape, pixelScale: isPixels ? 1 / 255 : 1, range: isPixels ? 0...255 : nil, train: split,
      test: tests)
    self.name = "\(name)-\(digest.prefix(16))"
  }
}
