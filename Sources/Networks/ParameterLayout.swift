/// One parameter tensor of a layer.
public struct ParameterShape: Hashable, Sendable, Codable {
  public enum Role: String, Sendable, Codable {
    case weight, bias
    /// What batch norm multiplies by and adds, one value a channel.
    case scale, shift
    /// What batch norm measures in training and uses in evaluation; no optimiser moves them.
    case runningMean = "running-mean"
    case runningVariance = "running-variance"
  }

  public var role: Role
  /// For weights of a linear layer [outputs, inputs]; of a convolution [outputs, inputs, height, width].
  public var dimensions: [Int]
  /// How many inputs one output sums over, and how many outputs one input reaches.
  public var fanIn: Int
  public var fanOut: Int

  public init(_ role: Role, _ dimensions: [Int], fanIn: Int, fanOut: Int) {
    self.role = role
    self.dimensions = dimensions
    self.fanIn = fanIn
    self.fanOut = fanOut
  }

  public var count: Int { dimensions.reduce(1, *) }
  /// Whether optimisers move it; running statistics are measured instead.
  public var isTrained: Bool { role != .runningMean && role != .runningVariance }
}

/// Where each parameter tensor of a network stands in one flat buffer.
public struct ParameterLayout: Hashable, Sendable, Codable {
  public struct Entry: Hashable, Sendable, Codable {
    /// The layer's name.
    public var layer: String
    public var shape: ParameterShape
    public var offset: Int

    public var count: Int { shape.count }
    public var range: Range<Int> { offset..<offset + count }
    /// Kernels of linear and convolutional layers are pruned; other parameters are not.
    public var isPrunable: Bool { shape.role == .weight }
    /// Whether optimisers move it; running statistics are measured instead.
    public var isTrained: Bool { shape.isTrained }
    /// For instance `fc1.weight`.
    public var name: String { "\(layer).\(shape.role.rawValue)" }
  }

  public private(set) var entries: [Entry] = []
  /// Number of values, running statistics included.
  public private(set) var count = 0

  public init() {}

  mutating func add(_ shape: ParameterShape, of layer: String) {
    entries.append(Entry(layer: layer, shape: shape, offset: count))
    count += shape.count
  }

  public var prunable: [Entry] { entries.filter(\.isPrunable) }
  public func prunable(in layers: Set<String>) -> [Entry] { prunable.filter { layers.contains($0.layer) } }
  public var prunableCount: Int { prunable.reduce(0) { $0 + $1.count } }
  /// Number of parameters as papers count them: what optimisers move.
  public var trainedCount: Int { entries.reduce(0) { $0 + ($1.isTrained ? $1.count : 0) } }
  public func entries(of layer: String) -> [Entry] { entries.filter { $0.layer == layer } }
}
