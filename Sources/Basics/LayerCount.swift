/// How many weights of a layer are left.
public struct LayerCount: Codable, Equatable, Sendable {
  public var name: String
  public var weights: Int
  public var remaining: Int
  /// Multiply-adds of all weights and of those left, for a sample; absent in results of older versions.
  public var denseMultiplyAdds: Int?
  public var multiplyAdds: Int?

  public init(
    name: String, weights: Int, remaining: Int, denseMultiplyAdds: Int? = nil, multiplyAdds: Int? = nil
  ) {
    self.name = name
    self.weights = weights
    self.remaining = remaining
    self.denseMultiplyAdds = denseMultiplyAdds
    self.multiplyAdds = multiplyAdds
  }

  public var density: Double { weights > 0 ? Double(remaining) / Double(weights) : 0 }
}
