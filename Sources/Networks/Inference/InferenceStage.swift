public import Basics

/// One step of a folded network in evaluation, with the sum and the rectifier that follow it: what a run-time of inference
/// has to do, in the engine's order of summation.
public struct InferenceStage: Equatable, Sendable {
  public enum Operation: Equatable, Sendable {
    /// y = bias + addend + the weights times the inputs, in this order, each step one fused multiply-add.
    case product(CompressedRows, Convolution?)
    /// The first of the largest values of each window, or the sum over it in order, times 1 / places in single precision.
    case pool(isMaximum: Bool, Window)
    /// From left to right.
    case sum
    case rectifier
    case sign
    /// All values of the inputs, one input after the other.
    case join
    /// Every place becomes so many in height and width.
    case upsample(Int)
  }

  public let node: String
  public let operation: Operation
  /// Places of tensors: 0 is the network's input, i + 1 the output of stage i.
  public let inputs: [Int]
  /// What a product adds to its biases: a tensor of the output's shape.
  public let addend: Int?
  /// Whether values below zero become zero at the end.
  public let isRectified: Bool
  public let output: FeatureShape

  /// Tensors that it reads.
  public var reads: [Int] { inputs + (addend.map { [$0] } ?? []) }
  /// Multiply-adds of weights for one sample.
  public var multiplyAdds: Int {
    guard case .product(let rows, _) = operation else { return 0 }
    return rows.weight.count * output.height * output.width
  }
}

extension FoldedNetwork {
  /// The network in stages; the last one's output is the network's.
  public var stages: [InferenceStage] {
    let graph = GraphFacts(architecture)
    var places: [String: Int] = [Architecture.inputName: 0], stages: [InferenceStage] = []
    for node in architecture.nodes {
      if let producer = graph.alias[node.name] {
        places[node.name] = places[producer]
        continue
      }
      places[node.name] = stages.count + 1
      stages.append(
        InferenceStage(
          node: node.name, operation: operation(node), inputs: node.inputs.map { places[$0]! },
          addend: graph.addend[node.name].map { places[$0]! },
          isRectified: node.layer is Rectifier || graph.isRectified(node.name),
          output: architecture.shapes[node.name]!))
    }
    return stages
  }

  private func operation(_ node: Architecture.Node) -> InferenceStage.Operation {
    let input = architecture.shapes[node.inputs[0]]!
    switch node.layer {
    case is Linear: return .product(rows(of: node.name)!, nil)
    case let layer as Convolution: return .product(rows(of: node.name)!, layer)
    case is MaxPool: return .pool(isMaximum: true, node.layer.window(over: input)!)
    case is AveragePool: return .pool(isMaximum: false, node.layer.window(over: input)!)
    case is Sum: return .sum
    case is Rectifier: return .rectifier
    case is Sign: return .sign
    case is Join: return .join
    case let layer as Upsample: return .upsample(layer.factor)
    default: preconditionFailure("\(node.name) (\(node.layer.text)) cannot be in a folded network")
    }
  }
}
