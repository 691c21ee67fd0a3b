/// An array of a file from elsewhere, its numbers as floats of 32 bits.
public struct NamedTensor: Equatable, Sendable {
  public var name: String
  public var shape: [Int]
  /// Row by row, the last index fastest.
  public var values: [Float]
  /// Whether some number had to be rounded to 32 bits.
  public var isRounded: Bool

  /// - Precondition: There are as many values as the shape has places.
  public init(_ name: String, shape: [Int], _ values: [Float], isRounded: Bool = false) {
    precondition(shape.reduce(1, *) == values.count, "\(name): \(values.count) values for \(shape)")
    (self.name, self.shape, self.values, self.isRounded) = (name, shape, values, isRounded)
  }
}
