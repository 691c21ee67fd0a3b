public import Lanes

/// The kernels' view of one layer's weights.
public enum LayerOperators {
  case dense(DenseOperator)
  case sparse(SparseOperator)

  /// Where the weights are put into another order for the backward pass; `nil` if they are used as they are.
  var transposed: Transposition? {
    switch self {
    case .dense(let op): op.transposed
    case .sparse(let op): op.transposed
    }
  }
}

/// The places that a layer computes: offsets of x and of y, in the order of summation of the weights' gradients.
public struct Places {
  public let x: UnsafePointer<Int32>
  public let y: UnsafePointer<Int32>
  public let count: Int
  /// From row to row of what is written: outputs, or inputs in a backward part.
  public let rowStride: Int
  /// How many of them in a row make one chain of a weight gradient's sums.
  let chain: Int
  /// Whether they are places of images, not whole samples.
  let arePlaces: Bool

  init(x: [Int32], y: [Int32], rowStride: Int, chain: Int = 0, arePlaces: Bool = true, _ tables: Tables) {
    precondition(x.count == y.count, "\(x.count) places against \(y.count)")
    self.chain = chain
    self.arePlaces = arePlaces
    self.x = tables.table(x)
    self.y = tables.table(y)
    count = x.count
    self.rowStride = rowStride
  }
}

/// All weights of a layer, with the index tables of both directions.
public struct DenseOperator {
  public struct Part {
    public let terms: DenseTerms
    public let places: Places
  }
  /// Groups of outputs that read inputs of their own: the terms are those of the first.
  public struct Groups {
    public let count: Int
    /// From group to group: outputs, weights, and the offsets of x and of y.
    public let outputs, weights, x, y: Int
  }
  public let groups: Groups
  public let forward: DenseTerms
  /// In the order of summation of weight gradients, and in that of products.
  public let places, productPlaces: Places
  /// Input gradients: each part writes places of its own.
  public let backward: [Part]
  /// Where the weights are transposed for the backward pass, [group][output, tap][input]; `nil` if they are used as they are.
  public let transposed: Transposition?
}

/// The surviving weights of a layer, with an index for each direction.
public struct SparseOperator {
  public struct Part {
    public let terms: SparseTerms
    public let places: Places
    /// First weight of the part within the transposed weights.
    public let first: Int
  }
  public let forward: SparseTerms
  /// In the order of summation of weight gradients, and in that of products.
  public let places, productPlaces: Places
  public let backward: [Part]
  public let transposed: Transposition?
}

/// Weights in another order: values[i] = weights[index[i]].
public struct Transposition {
  public let index: UnsafePointer<Int32>
  public let values: UnsafeMutablePointer<Float>
  public let count: Int

  init(_ index: [Int32], _ tables: Tables) {
    self.index = tables.table(index)
    values = UnsafeMutablePointer(mutating: tables.table([Float](repeating: 0, count: index.count)))
    count = index.count
  }
}

/// The survivors of a weight matrix [rows][columns] in the order in which kernels use them: by block of columns, then
/// row, then column.
struct TermOrder {
  var start: [Int32] = [0]
  var row: [Int32] = []
  var column: [Int32] = []
  /// Where the negative terms of each (block, row) begin, if they come last.
  var split: [Int32]?
  let blocks: Int

  /// - Parameters:
  ///   - positions: How many the kernels take at a time.
  ///   - taps: Columns that follow each other of one channel of an image; 1 for features.
  ///   - isNegative: Which terms come after the others of their block and row.
  init(
    rows: Int, columns: Int, density: Double, positions: Int, taps: Int,
    isNegative: ((_ row: Int, _ column: Int) -> Bool)? = nil,
    keeps: (_ row: Int, _ column: Int) -> Bool
  ) {
    if isNegative != nil { split = [] }
    let blockSize = max(1, KernelChoice.blockSize(inputs: columns, density: density, positions: positions, taps: taps))
    blocks = max(1, (columns + blockSize - 1) / blockSize)
    for block in 0..<blocks {
      for r in 0..<rows {
        for last in isNegative == nil ? [false] : [false, true] {
          if last { split?.append(Int32(row.count)) }
          for c in block * blockSize..<min(columns, (block + 1) * blockSize)
          where keeps(r, c) && isNegative?(r, c) ?? false == last {
            row.append(Int32(r))
            column.append(Int32(c))
          }
        }
        start.append(Int32(row.count))
      }
    }
  }

  func terms(
    rows: Int, ahead: [Int32], _ tables: Tables, offset: (_ row: Int, _ column: Int) -> Int32
  ) -> SparseTerms {
    SparseTerms(
      blocks: blocks, rows: rows, start: tables.table(start),
      offset: tables.table(zip(row, column).map { offset(Int($0), Int($1)) }), split: split.map(tables.table),
      ahead: UnsafeBufferPointer(start: tables.table(ahead), count: ahead.count))
  }
}

extension SparseOperator {
  /// - Parameters:
  ///   - keeps: The mask of the layer's weights.
  ///   - negatives: Which of them are negative, where the layer runs by additions.
  ///   - positions: How many the kernels take at a time.
  /// - Returns: The operator, and the flat index of every survivor in forward order.
  static func make(
    _ geometry: Geometry, keeps slice: ArraySlice<Bool>, negatives: [Bool]?, positions: Int, _ tables: Tables
  ) -> (SparseOperator, indices: [Int32]) {
    let columns = geometry.columns, rows = geometry.groups * geometry.outputs, first = Int32(slice.startIndex)
    let inputs = geometry.groups * geometry.inputs
    let density = Double(slice.reduce(0) { $0 + ($1 ? 1 : 0) }) / Double(max(1, slice.count))
    return slice.withUnsafeBufferPointer { keeps in
      let order = TermOrder(
        rows: rows, columns: columns, density: density, positions: positions, taps: geometry.weightStride,
        isNegative: negatives.map { negatives in { negatives[$0 * columns + $1] } }
      ) { keeps[$0 * columns + $1] }
      let flat = zip(order.row, order.column).map { $0 * Int32(columns) + $1 }
      var position = [Int32](repeating: 0, count: geometry.parts.isEmpty ? 0 : keeps.count)
      if !position.isEmpty { for (i, index) in flat.enumerated() { position[Int(index)] = Int32(i) } }
      var transposition: [Int32] = []
      let parts = geometry.parts.map { part in
        let back = TermOrder(
          rows: inputs, columns: part.columns.count, density: density, positions: positions, taps: part.taps
        ) {
          keeps[geometry.weight($0, part.columns[$1])]
        }
        defer {
          transposition += zip(back.row, back.column).map { position[geometry.weight(Int($0), part.columns[Int($1)])] }
        }
        return Part(
          terms: back.terms(rows: inputs, ahead: part.ahead, tables) { geometry.outputOffset($0, part.columns[$1]) },
          places: Places(x: part.y, y: part.x, rowStride: geometry.inputStride, tables), first: transposition.count)
      }
      let op = SparseOperator(
        forward: order.terms(rows: rows, ahead: geometry.ahead, tables, offset: geometry.inputOffset),
        places: geometry.places(tables), productPlaces: geometry.productPlaces(tables), backward: parts,
        transposed: parts.isEmpty ? nil : Transposition(transposition, tables))
      return (op, flat.map { $0 + first })
    }
  }
}

extension DenseOperator {
  static func make(_ geometry: Geometry, _ tables: Tables) -> DenseOperator {
    let columns = geometry.columns, taps = geometry.weightStride
    // Kernels read the weights of eight inputs side by side; those of a convolution stand `taps` apart.
    let transposes = taps > 1 && !geometry.parts.isEmpty
    let index =
      !transposes
      ? []
      : (0..<geometry.groups * geometry.outputs).flatMap { output in
        (0..<taps).flatMap { tap in (0..<geometry.inputs).map { Int32(output * columns + $0 * taps + tap) } }
      }
    func row(_ weight: Int) -> Int32 {
      transposes ? Int32((weight / columns * taps + weight % taps) * geometry.inputs) : Int32(weight)
    }
    return DenseOperator(
      groups: Groups(
        count: geometry.groups, outputs: geometry.outputs, weights: geometry.matrix, x: geometry.inputGroupStride,
        y: geometry.outputGroupStride),
      forward: DenseTerms(
        rows: geometry.outputs, count: columns, offset: tables.table(geometry.columnOffsets), weightRowStride: columns),
      places: geometry.places(tables), productPlaces: geometry.productPlaces(tables),
      backward: geometry.parts.map { part in
        Part(
          terms: DenseTerms(
            rows: geometry.inputs, count: part.columns.count, offset: tables.table(part.columns.map(\.offset)),
            weightIndex: tables.table(part.columns.map { row($0.weight) }), weightRowStride: 1),
          places: Places(x: part.y, y: part.x, rowStride: geometry.inputStride, tables))
      },
      transposed: transposes ? Transposition(index, tables) : nil)
  }
}
