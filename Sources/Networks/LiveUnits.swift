/// Which units of a fully connected network are on a path of surviving weights, layer by layer.
///
/// A unit without a path to the output can change nothing, and its parameters have no gradient; one without a path from an
/// input is a constant.
public struct LiveUnits: Equatable, Sendable {
  /// Units with a path to the output: one list a layer, the output last; one entry a unit.
  public private(set) var reaching: [[Bool]]
  private let weights: [ParameterLayout.Entry]
  private let keeps: [Bool]

  /// - Parameter weights: The weight tensors in order, [outputs, inputs].
  public init(_ weights: [ParameterLayout.Entry], keeps: [Bool]) {
    self.weights = weights
    self.keeps = keeps
    reaching = weights.map { [Bool](repeating: true, count: $0.shape.dimensions[0]) }
    for i in stride(from: weights.count - 1, to: 0, by: -1) {
      let entry = weights[i], inputs = entry.shape.dimensions[1]
      reaching[i - 1] = (0..<inputs).map { input in
        (0..<entry.shape.dimensions[0]).contains { reaching[i][$0] && keeps[entry.offset + $0 * inputs + input] }
      }
    }
  }

  /// Units with a path from an input, as above.
  public var reached: [[Bool]] {
    var reached: [[Bool]] = [], before = [Bool](repeating: true, count: weights[0].shape.dimensions[1])
    for entry in weights {
      let first = entry.offset
      before = (0..<entry.shape.dimensions[0]).map { row in
        before.indices.contains { before[$0] && keeps[first + row * before.count + $0] }
      }
      reached.append(before)
    }
    return reached
  }

  /// Units on a path from an input to the output, as above.
  public var connected: [[Bool]] { zip(reached, reaching).map { zip($0, $1).map { $0 && $1 } } }

  /// Weights on a path from an input to the output.
  public var effectiveWeights: Int {
    let connected = connected
    return weights.enumerated().reduce(0) { total, layer in
      let (i, entry) = layer, inputs = entry.shape.dimensions[1]
      return total
        + entry.range.reduce(0) { count, index in
          let row = (index - entry.offset) / inputs, column = (index - entry.offset) % inputs
          return count + (keeps[index] && connected[i][row] && (i == 0 || connected[i - 1][column]) ? 1 : 0)
        }
    }
  }
}
