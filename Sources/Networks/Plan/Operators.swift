public import Lanes

/// The kernels' view of one layer's weights.
public enum LayerOperators {
  case dense(DenseOperator)
  case sparse(SparseOperator)
}

/// All weights of a layer, with the index tables of both directions.
public struct DenseOperator {
  public let forward: DenseTerms
  public let backward: DenseTerms
}

/// The surviving weights of a layer, with an index for each direction.
public struct SparseOperator {
  public let forward: SparseTerms
  public let backward: SparseTerms?
  /// Number of survivors.
  public let count: Int
  /// Where each weight of the backward order stands in the forward order.
  public let transposition: UnsafePointer<Int32>
  /// Scratch for the weights in backward order.
  public let transposed: UnsafeMutablePointer<Float>
}

/// The survivors of a weight matrix [rows][columns] in the order in which kernels use them: by block of columns, then
/// row, then column.
struct TermOrder {
  var start: [Int32] = [0]
  var row: [Int32] = []
  var column: [Int32] = []
  let blocks: Int

  init(rows: Int, columns: Int, blockSize: Int, keeps: (_ row: Int, _ column: Int) -> Bool) {
    blocks = max(1, (columns + blockSize - 1) / blockSize)
    for block in 0..<blocks {
      for r in 0..<rows {
        for c in block * blockSize..<min(columns, (block + 1) * blockSize) where keeps(r, c) {
          row.append(Int32(r))
          column.append(Int32(c))
        }
        start.append(Int32(row.count))
      }
    }
  }
}

extension SparseOperator {
  /// - Parameters:
  ///   - keeps: The mask of the weights [outputs][inputs].
  ///   - inputOffsets: Offset of every input feature; likewise for outputs.
  /// - Returns: The operator, and the flat index of every survivor in forward order.
  static func make(
    keeps: ArraySlice<Bool>, inputOffsets: [Int32], outputOffsets: [Int32], needsBackward: Bool, tables: Tables
  ) -> (SparseOperator, indices: [Int32]) {
    let inputs = inputOffsets.count, outputs = outputOffsets.count, first = keeps.startIndex
    let density = Double(keeps.reduce(0) { $0 + ($1 ? 1 : 0) }) / Double(max(1, keeps.count))
    return keeps.withUnsafeBufferPointer { keeps in
      let order = TermOrder(
        rows: outputs, columns: inputs, blockSize: KernelChoice.blockSize(inputs: inputs, density: density)
      ) { keeps[$0 * inputs + $1] }
      let indices = zip(order.row, order.column).map { $0 * Int32(inputs) + $1 + Int32(first) }
      let forward = terms(order, rows: outputs, offsets: inputOffsets, tables)
      guard needsBackward else {
        let empty = tables.table([Float]())
        return (
          SparseOperator(
            forward: forward, backward: nil, count: indices.count, transposition: tables.table([Int32]()),
            transposed: UnsafeMutablePointer(mutating: empty)), indices
        )
      }
      let back = TermOrder(
        rows: inputs, columns: outputs, blockSize: KernelChoice.blockSize(inputs: outputs, density: density)
      ) { keeps[$1 * inputs + $0] }
      var position = [Int32](repeating: 0, count: keeps.count)
      for (i, index) in indices.enumerated() { position[Int(index) - first] = Int32(i) }
      let transposition = zip(back.row, back.column).map { position[Int($1) * inputs + Int($0)] }
      return (
        SparseOperator(
          forward: forward, backward: terms(back, rows: inputs, offsets: outputOffsets, tables), count: indices.count,
          transposition: tables.table(transposition),
          transposed: UnsafeMutablePointer(mutating: tables.table([Float](repeating: 0, count: indices.count)))),
        indices
      )
    }
  }

  private static func terms(_ order: TermOrder, rows: Int, offsets: [Int32], _ tables: Tables) -> SparseTerms {
    SparseTerms(
      blocks: order.blocks, rows: rows, start: tables.table(order.start),
      offset: tables.table(order.column.map { offsets[Int($0)] }))
  }
}

extension DenseOperator {
  static func make(inputOffsets: [Int32], outputOffsets: [Int32], tables: Tables) -> DenseOperator {
    let inputs = inputOffsets.count, outputs = outputOffsets.count
    return DenseOperator(
      forward: DenseTerms(
        rows: outputs, count: inputs, offset: tables.table(inputOffsets), weightRowStride: inputs),
      backward: DenseTerms(
        rows: inputs, count: outputs, offset: tables.table(outputOffsets),
        weightIndex: tables.table((0..<outputs).map { Int32($0 * inputs) }), weightRowStride: 1))
  }
}
