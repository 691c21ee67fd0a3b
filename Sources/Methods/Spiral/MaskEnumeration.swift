/// All masks of one layer without a zero row or a zero column, up to the order of the rows.
///
/// Zhang & Papyan 2024 (arXiv:2407.04075): relabelling the units of a layer permutes the rows of its mask, so only masks
/// whose rows are sorted count: by number of ones, equal numbers by binary value, largest first. They come in the order of
/// the paper's code: number of ones of the rows first, the last row moving slowest.
package struct MaskEnumeration: Sendable {
  package let inputs: Int
  package let outputs: Int

  /// - Precondition: At most 16 inputs and outputs.
  package init(inputs: Int, outputs: Int) {
    precondition((1...16).contains(inputs) && (1...16).contains(outputs), "\(inputs) inputs, \(outputs) outputs")
    self.inputs = inputs
    self.outputs = outputs
  }

  /// A mask: one number a row, whose highest of `inputs` bits is the first column.
  package typealias Rows = [UInt32]

  /// How many ones a mask can have.
  package var sizes: ClosedRange<Int> { max(inputs, outputs)...inputs * outputs }

  /// The masks with `ones` ones.
  package func masks(ones: Int) -> [Rows] {
    guard sizes.contains(ones) else { return [] }
    let full: UInt32 = (1 << inputs) - 1
    return budgets(most: inputs, rows: outputs, ones: ones)
      .flatMap { sorted($0[...]) }.filter { $0.reduce(0, |) == full }
  }

  /// Masks by number of ones.
  package var all: [(ones: Int, masks: [Rows])] { sizes.map { ($0, masks(ones: $0)) } }

  /// How many masks there are of each number of ones, and in all.
  package var counts: [Int: Int] { Dictionary(uniqueKeysWithValues: all.map { ($0.ones, $0.masks.count) }) }
  package var count: Int { counts.values.reduce(0, +) }

  /// Numbers of ones of the rows, none larger than the one before.
  private func budgets(most: Int, rows: Int, ones: Int) -> [[Int]] {
    guard rows > 1 else { return [[ones]] }
    let least = (ones + rows - 1) / rows, limit = min(most, ones - (rows - 1))
    guard least <= limit else { return [] }
    return (least...limit).flatMap { first in
      budgets(most: first, rows: rows - 1, ones: ones - first).map { [first] + $0 }
    }
  }

  private func sorted(_ budget: ArraySlice<Int>) -> [Rows] {
    let tops = combinations(budget.first!)
    guard budget.count > 1 else { return tops.map { [$0] } }
    let isTied = budget.first! == budget.dropFirst().first!
    return sorted(budget.dropFirst()).flatMap { below in
      tops.filter { !isTied || $0 >= below[0] }.map { [$0] + below }
    }
  }

  /// Rows with `ones` ones, leftmost columns first: falling binary values.
  private func combinations(_ ones: Int) -> [UInt32] {
    (0..<(1 << UInt32(inputs))).reversed().filter { $0.nonzeroBitCount == ones }
  }

  /// The sorted form of any mask.
  package static func canonical(_ rows: Rows) -> Rows {
    rows.sorted { ($0.nonzeroBitCount, $0) > ($1.nonzeroBitCount, $1) }
  }
}
