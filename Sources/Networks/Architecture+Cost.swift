import Basics

extension Architecture {
  /// Multiply-adds of weights that a training step takes for each sample: every surviving weight once at each position of its
  /// layer's output, in the forward pass, in its gradient and, but for layers that read the input alone, in the input's.
  public func multiplyAdds(of mask: Mask) -> Int {
    multiplyAdds(of: mask) { $0.inputs == [Self.inputName] ? 2 : 3 }
  }

  /// Those of the forward pass alone.
  public func forwardMultiplyAdds(of mask: Mask) -> Int { multiplyAdds(of: mask) { _ in 1 } }

  private func multiplyAdds(of mask: Mask, products: (Node) -> Int) -> Int {
    nodes.reduce(0) { sum, node in
      let shape = shapes[node.name]!
      let weights = mask.layout.entries(of: node.name).filter(\.isPrunable).reduce(0) { $0 + mask.remaining(in: $1) }
      return sum + products(node) * shape.height * shape.width * weights
    }
  }
}
