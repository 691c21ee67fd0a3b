/// How many weights of a layer are left.
public struct LayerCount: Codable, Equatable, Sendable {
  public var name: String
  public var weights: Int
  public var remaining: Int

  public init(name: String, weights: Int, remaining: Int) {
    self.name = name
    self.weights = weights
    self.remaining = remaining
  }

  public var density: Double { weights > 0 ? Double(remaining) / Double(weights) : 0 }
}
