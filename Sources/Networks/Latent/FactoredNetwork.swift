import Lanes

/// A network as it runs cheapest with the coefficients that a mask keeps of a basis.
///
/// With w = U^T a V, a linear layer is y = U^T (a (V x)): one transform of the input, a sparse product with the coefficients
/// and, where outputs are turned as well, one transform behind it; of a matrix of low rank that is two thin layers. It runs so
/// where that takes fewer multiply-adds than the weights themselves, a transform's zeros and the basis vectors that no
/// coefficient needs left out. All other layers run with their weights, which are dense in most bases.
public struct FactoredNetwork: Sendable {
  public private(set) var architecture: Architecture
  public private(set) var parameters: Parameters
  /// Weights that are not zero.
  public private(set) var mask: Mask
  /// The layers that run with coefficients.
  public private(set) var factored: [String] = []

  /// Of matrices that are looked at: a transform of so many inputs takes 64 MB.
  private static let mostColumns = 4096

  /// Multiply-adds of one sample's forward pass.
  public var multiplyAdds: Int { architecture.forwardMultiplyAdds(of: mask) }

  /// - Parameter coefficients: With zeros where the mask has none.
  /// - Throws: `Problem.badData` if the layers between would make the network too large.
  public init(_ basis: BasisCoefficients, _ architecture: Architecture, _ coefficients: Parameters, mask: Mask) throws {
    let weights = basis.rotated(coefficients, back: true), layout = architecture.layout
    var network = Architecture(name: architecture.name, input: architecture.input)
    var made: [String: SparseMatrix] = [:]
    for node in architecture.nodes {
      var inputs = node.inputs
      if let layer = node.layer as? Linear, let entry = layout.entries(of: node.name).first(where: \.isPrunable),
        let rotation = basis.rotations[entry.name], entry.count / layer.outputs <= Self.mostColumns
      {
        let dense = SparseMatrix(weights.values[entry.range], columns: entry.count / layer.outputs)
        let core = SparseMatrix(coefficients.values[entry.range], columns: dense.columns)
        let chain = core.count > 0 ? Self.chain(rotation, core) : []
        if !chain.isEmpty, chain.reduce(0, { $0 + $1.count }) < dense.count {
          for (i, matrix) in chain.dropLast().enumerated() {
            let name = "\(node.name)-part\(i + 1)"
            try network.append(name, Linear(matrix.rows, hasBias: false), inputs: inputs)
            made[name] = matrix
            inputs = [name]
          }
          made[node.name] = chain.last!
          factored.append(node.name)
        }
      }
      try network.append(node.name, node.layer, inputs: inputs)
    }
    self.architecture = network
    parameters = Parameters(zerosFor: network.layout)
    self.mask = Mask(fullFor: network.layout)
    for entry in network.layout.entries {
      if entry.isPrunable, let matrix = made[entry.layer] {
        parameters.values.replaceSubrange(entry.range, with: matrix.values)
      } else {
        let old = layout.entries.first { $0.name == entry.name }!
        parameters.values.replaceSubrange(entry.range, with: weights.values[old.range])
      }
      guard entry.isPrunable else { continue }
      for i in entry.range { self.mask.keeps[i] = parameters.values[i] != 0 }
    }
  }

  /// The matrices that a sample goes through, the first one first.
  private static func chain(_ rotation: Rotation, _ core: SparseMatrix) -> [SparseMatrix] {
    let isOfOutputs = { (stage: Rotation.Stage) in stage.stride == core.columns }
    let columns = core.usedColumns, rows = core.usedRows
    var inputs = rotation.stages.filter { !isOfOutputs($0) }.map {
      SparseMatrix.rowTransform([$0], columns: core.columns, outputs: core.rows)
    }
    let product = SparseMatrix.rowTransform(
      rotation.stages.filter { !isOfOutputs($0) }, columns: core.columns, outputs: core.rows
    ).keeping(rows: columns)
    if let last = inputs.popLast() { inputs.append(last.keeping(rows: columns)) }
    if product.count <= inputs.reduce(0, { $0 + $1.count }) { inputs = [product] }
    let middle = core.keeping(columns: columns)
    guard let stage = rotation.stages.first(where: isOfOutputs) else { return inputs + [middle] }
    let outputs = SparseMatrix(stage.transposed[...], columns: core.rows).keeping(columns: rows)
    return inputs + [middle.keeping(rows: rows), outputs]
  }
}

/// A matrix row by row, of which the zeros cost nothing.
private struct SparseMatrix {
  let columns: Int
  let values: [Float]

  init(_ values: ArraySlice<Float>, columns: Int) { (self.values, self.columns) = (Array(values), columns) }

  var rows: Int { values.count / columns }
  /// Entries that are not zero.
  var count: Int { values.count { $0 != 0 } }
  var usedRows: [Int] { (0..<rows).filter { row in (0..<columns).contains { self[row, $0] != 0 } } }
  var usedColumns: [Int] { (0..<columns).filter { column in (0..<rows).contains { self[$0, column] != 0 } } }
  subscript(row: Int, column: Int) -> Float { values[row * columns + column] }

  func keeping(rows: [Int]) -> SparseMatrix {
    SparseMatrix(rows.flatMap { values[$0 * columns..<($0 + 1) * columns] }[...], columns: columns)
  }

  func keeping(columns kept: [Int]) -> SparseMatrix {
    SparseMatrix((0..<rows).flatMap { row in kept.map { self[row, $0] } }[...], columns: kept.count)
  }

  /// What stages do to each of an output's rows, as a matrix that inputs are multiplied by; entries below 1e-7 are rounding.
  ///
  /// - Parameter outputs: How many rows the stages were made for; they do the same to all.
  static func rowTransform(_ stages: [Rotation.Stage], columns: Int, outputs: Int) -> SparseMatrix {
    let buffer = FloatBuffer(count: columns * columns)
    for i in 0..<columns { buffer.pointer[i * columns + i] = 1 }
    let program = Program(kernels: CPULevel.current.kernels, step: StepState(batch: 1))
    for stage in stages {
      let first = stage.starts.prefix(stage.starts.count / outputs)
      program.rotate(
        buffer.pointer, starts: (0..<columns).flatMap { row in first.map { $0 + Int32(row * columns) } },
        stride: stage.stride, length: stage.length, matrix: stage.transposed, threads: 1)
    }
    program.run(on: ThreadPool(threads: 1))
    // Row i is now the transform of unit vector i: column i of the matrix.
    return SparseMatrix(
      (0..<columns * columns).map { i in
        let value = buffer.pointer[i % columns * columns + i / columns]
        return abs(value) < 1e-7 ? 0 : value
      }[...], columns: columns)
  }
}
