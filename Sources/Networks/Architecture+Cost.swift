import Basics

/// The arithmetic of a layer's weights for one sample, forward: every weight once at each place of the layer's output.
///
/// Biases, batch norm, pooling and sums are left out, as is usual.
public struct LayerCost: Equatable, Sendable {
  public var name: String
  /// Multiply-adds of all weights, and of those that a mask keeps.
  public var dense: Int
  public var sparse: Int
  /// Whether the layer reads the network's input alone, which needs no gradient.
  fileprivate var isFirst: Bool
}

extension Architecture {
  /// Layers that have weights, in order.
  public func costs(of mask: Mask) -> [LayerCost] {
    nodes.compactMap { node in
      let weights = mask.layout.entries(of: node.name).filter(\.isPrunable)
      guard let shape = shapes[node.name], !weights.isEmpty else { return nil }
      let places = shape.height * shape.width
      return LayerCost(
        name: node.name, dense: places * weights.reduce(0) { $0 + $1.count },
        sparse: places * weights.reduce(0) { $0 + mask.remaining(in: $1) }, isFirst: node.inputs == [Self.inputName])
    }
  }

  /// Multiply-adds of weights that a training step takes for each sample: every surviving weight once at each position of its
  /// layer's output, in the forward pass, in its gradient and, but for layers that read the input alone, in the input's.
  public func multiplyAdds(of mask: Mask) -> Int {
    costs(of: mask).reduce(0) { $0 + ($1.isFirst ? 2 : 3) * $1.sparse }
  }

  /// Those of the forward pass alone.
  public func forwardMultiplyAdds(of mask: Mask) -> Int { costs(of: mask).sparse }
}

extension [LayerCost] {
  /// Of the whole network.
  public var dense: Int { reduce(0) { $0 + $1.dense } }
  public var sparse: Int { reduce(0) { $0 + $1.sparse } }
}
