/// The survivors of one product of a folded network, row by row in ascending columns.
public struct CompressedRows: Equatable, Sendable {
  /// Where each unit's terms begin, and their number: units + 1 entries.
  public private(set) var start: [Int] = [0]
  /// Of a linear layer the input's feature; of a convolution (input of the group, row, column of the window) as one index.
  public private(set) var column: [Int] = []
  public private(set) var weight: [Float] = []
  /// One a unit.
  public let bias: [Float]

  public var units: Int { bias.count }

  /// - Parameters:
  ///   - weights: [unit][column], zero where there is none.
  init(weights: ArraySlice<Float>, bias: ArraySlice<Float>) {
    self.bias = Array(bias)
    let columns = weights.count / max(1, bias.count)
    for unit in 0..<bias.count {
      for c in 0..<columns {
        let value = weights[weights.startIndex + unit * columns + c]
        if value != 0 {
          column.append(c)
          weight.append(value)
        }
      }
      start.append(column.count)
    }
  }
}

extension FoldedNetwork {
  /// - Returns: `nil` unless the node is a product.
  public func rows(of node: String) -> CompressedRows? {
    let entries = parameters.layout.entries(of: node)
    guard entries.count == 2 else { return nil }
    return CompressedRows(
      weights: parameters.values[entries[0].range], bias: parameters.values[entries[1].range])
  }
}
