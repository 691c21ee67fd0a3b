import Basics

extension Architecture {
  /// Multiply-adds of weights that a training step takes for each sample: every surviving weight once at each position of its
  /// layer's output, in the forward pass, in its gradient and, but for layers that read the input alone, in the input's.
  public func multiplyAdds(of mask: Mask) -> Int {
    nodes.reduce(0) { sum, node in
      let shape = shapes[node.name]!, products = node.inputs == [Self.inputName] ? 2 : 3
      let weights = mask.layout.entries(of: node.name).filter(\.isPrunable).reduce(0) { $0 + mask.remaining(in: $1) }
      return sum + products * shape.height * shape.width * weights
    }
  }
}
