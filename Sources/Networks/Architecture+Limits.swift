import Basics

/// Bounds that no network in use comes near, so that products of sizes cannot overflow.
extension Architecture {
  /// Values of one sample at any node.
  private static let largestShape = 1 << 24
  private static let mostParameters = 1 << 56

  static func checkSize(_ shape: FeatureShape) throws {
    let count: Int? = [shape.channels, shape.height, shape.width].reduce(1) { count, size in
      guard let count, 1...largestShape ~= size, count * size <= largestShape else { return nil }
      return count * size
    }
    guard count == nil else { return }
    throw Problem.badData(
      "a sample would take \(shape.channels)x\(shape.height)x\(shape.width) numbers.",
      remedy: "At most \(largestShape) are allowed.")
  }

  /// - Returns: `total` and the parameters of `shapes`.
  static func added(_ shapes: [ParameterShape], to total: Int) throws -> Int {
    var total = total
    for shape in shapes {
      let (count, overflow) = shape.dimensions.reduce((1, false)) { product, size in
        let (next, overflow) = product.0.multipliedReportingOverflow(by: size)
        return (next, product.1 || overflow)
      }
      guard !overflow, count <= mostParameters - total else {
        throw Problem.badData(
          "the network would have more parameters than can be counted.", remedy: "Choose smaller layers.")
      }
      total += count
    }
    return total
  }
}
