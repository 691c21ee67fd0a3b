/// All parameters of a network: a value. Rewinding is an assignment, a global threshold one pass, a path between two
/// networks one interpolation.
public struct Parameters: Equatable, Sendable {
  public let layout: ParameterLayout
  public var values: [Float]

  public init(layout: ParameterLayout, values: [Float]) {
    precondition(values.count == layout.count, "\(values.count) values for \(layout.count) parameters")
    self.layout = layout
    self.values = values
  }

  public init(zerosFor layout: ParameterLayout) {
    self.init(layout: layout, values: [Float](repeating: 0, count: layout.count))
  }

  /// The parameters with pruned weights set to zero.
  public func masked(by mask: Mask) -> Parameters {
    precondition(mask.layout == layout, "the mask belongs to another network")
    var result = self
    result.values.withUnsafeMutableBufferPointer { values in
      mask.keeps.withUnsafeBufferPointer { keeps in
        for i in values.indices where !keeps[i] { values[i] = 0 }
      }
    }
    return result
  }

  /// The point `t` of the way from here to `other`: (1 - t) self + t other, exact at both ends and where they agree.
  public func interpolated(to other: Parameters, at t: Float) -> Parameters {
    precondition(other.layout == layout, "the networks differ")
    let values = zip(values, other.values).map { t < 0.5 ? $0 + t * ($1 - $0) : $1 - (1 - t) * ($1 - $0) }
    return Parameters(layout: layout, values: values)
  }
}
