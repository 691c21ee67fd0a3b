import Basics

/// One product of a network of signs with what follows it: batch norm, a pooling and the sign, in any order that a threshold
/// for each channel can stand for.
struct PackedStage {
  let node: Architecture.Node
  let input: FeatureShape
  let output: FeatureShape
  let window: Window
  /// Whether its inputs are real.
  let isFirst: Bool
  /// Batch norms between product and sign.
  var norms: [(name: String, epsilon: Float)] = []
  var pool: Int?
  /// Whether the pooling takes the products themselves, before batch norm or sign.
  var poolsProducts = false
  var isSigned = false

  /// What the next stage reads.
  var result: FeatureShape {
    guard let pool else { return output }
    return FeatureShape(channels: output.channels, height: output.height / pool, width: output.width / pool)
  }

  /// The stages of a network, in order.
  ///
  /// - Throws: `Problem.usage` if the network is no chain of products and signs.
  static func stages(of architecture: Architecture) throws -> [PackedStage] {
    var stages: [PackedStage] = [], previous = Architecture.inputName
    func refusal(_ node: Architecture.Node) -> Problem {
      .usage(
        "\(architecture.name) cannot run in bits: '\(node.name)' (\(node.layer.text)) does not fit there.",
        remedy: """
          Networks that can are chains of linear layers and convolutions, with batch norm, one max pooling and a sign \
          behind each but the last.
          """)
    }
    for node in architecture.nodes {
      guard node.inputs == [previous] else { throw refusal(node) }
      previous = node.name
      if node.layer is Dropout { continue }
      let input = architecture.inputShapes(of: node)[0], last = stages.indices.last
      switch node.layer {
      case is Linear, is Convolution:
        guard last.map({ stages[$0].isSigned }) ?? true, (node.layer as? Convolution)?.groups ?? 1 == 1 else {
          throw refusal(node)
        }
        let window =
          node.layer is Linear
          ? Window(height: input.height, width: input.width, stride: 1) : node.layer.window(over: input)!
        stages.append(
          PackedStage(
            node: node, input: input, output: architecture.shapes[node.name]!, window: window,
            isFirst: stages.isEmpty))
      case let norm as BatchNorm:
        guard let last, !stages[last].isSigned, stages[last].pool == nil || stages[last].poolsProducts else {
          throw refusal(node)
        }
        stages[last].norms.append((node.name, Float(norm.epsilon)))
      case let pool as MaxPool:
        guard let last, stages[last].pool == nil else { throw refusal(node) }
        stages[last].pool = pool.size
        stages[last].poolsProducts = stages[last].norms.isEmpty && !stages[last].isSigned
      case is Sign:
        guard let last, !stages[last].isSigned else { throw refusal(node) }
        stages[last].isSigned = true
      default: throw refusal(node)
      }
    }
    guard let last = stages.last, last.norms.isEmpty, last.pool == nil, !last.isSigned, stages.count > 1 else {
      throw Problem.usage(
        "\(architecture.name) cannot run in bits: it does not end with a product, or has no sign.",
        remedy: "Choose a network of signs whose last layer is linear, as 'tombola biprop --bits 1/1' finds them.")
    }
    return stages
  }
}

/// What becomes of one channel's products before the sign: a function that only rises, or only falls.
struct ChannelLine {
  /// value = fma(x - mean, factor, shift), one after the other.
  var steps: [(mean: Float, factor: Float, shift: Float)] = []

  var falls: Bool { steps.count(where: { $0.factor < 0 }) % 2 == 1 }

  /// Whether the sign is +1, with the roundings of the engine's batch norm.
  func isPositive(_ x: Float) -> Bool {
    steps.reduce(x) { $1.shift.addingProduct($0 - $1.mean, $1.factor) } >= 0
  }

  /// The lowest k of a range for which the sign of value(k) has turned to what it has at the upper end; the upper bound if
  /// it never does. Found by bisection, as rounding keeps what rises from falling.
  func threshold(in range: ClosedRange<Int>, value: (Int) -> Float) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if isPositive(value(middle)) != falls { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The same over all numbers; not a number where the sign never turns.
  var realThreshold: Float {
    /// Finite numbers in their order, 0 among the whole numbers for 0.
    func number(_ k: Int) -> Float { Float(bitPattern: UInt32(abs(k))) * (k < 0 ? -1 : 1) }
    let largest = Int(Float.greatestFiniteMagnitude.bitPattern)
    let found = threshold(in: -largest...largest + 1, value: number)
    return found > largest ? .nan : number(found)
  }
}
