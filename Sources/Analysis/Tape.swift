public import Lanes

/// A matrix of doubles, [row][column].
public struct Matrix: Equatable, Sendable {
  public let rows: Int
  public let columns: Int
  public var values: [Double]

  public init(_ rows: Int, _ columns: Int, _ values: [Double]) {
    precondition(values.count == rows * columns, "\(values.count) values for \(rows) x \(columns)")
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  public init(_ rows: Int, _ columns: Int, filledWith value: Double = 0) {
    self.init(rows, columns, [Double](repeating: value, count: rows * columns))
  }

  /// Rows of equal length.
  public init(_ rows: [[Double]]) { self.init(rows.count, rows.first?.count ?? 0, rows.flatMap { $0 }) }

  /// Independent normal numbers of a stream.
  public init(_ rows: Int, _ columns: Int, normal random: inout RandomStream, deviation: Double) {
    self.init(rows, columns, (0..<rows * columns).map { _ in deviation * random.nextNormal() })
  }

  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  public var transposed: Matrix {
    var result = Matrix(columns, rows)
    for i in 0..<rows { for j in 0..<columns { result.values[j * rows + i] = values[i * columns + j] } }
    return result
  }

  func mapped(_ body: (Double) -> Double) -> Matrix { Matrix(rows, columns, values.map(body)) }

  func zipped(_ other: Matrix, _ body: (Double, Double) -> Double) -> Matrix {
    precondition(
      rows == other.rows && columns == other.columns, "\(rows) x \(columns), \(other.rows) x \(other.columns)")
    return Matrix(rows, columns, zip(values, other.values).map(body))
  }

  /// The product; every element is summed in the order of the inner index.
  public static func * (a: Matrix, b: Matrix) -> Matrix {
    precondition(a.columns == b.rows, "\(a.rows) x \(a.columns) times \(b.rows) x \(b.columns)")
    var result = Matrix(a.rows, b.columns)
    let inner = a.columns, columns = b.columns
    result.values.withUnsafeMutableBufferPointer { c in
      a.values.withUnsafeBufferPointer { a in
        b.values.withUnsafeBufferPointer { b in
          for i in 0..<(inner == 0 ? 0 : a.count / inner) {
            for k in 0..<inner where a[i * inner + k] != 0 {
              let factor = a[i * inner + k]
              for j in 0..<columns { c[i * columns + j] += factor * b[k * columns + j] }
            }
          }
        }
      }
    }
    return result
  }

  /// Some consecutive rows.
  func block(_ first: Int, _ count: Int) -> Matrix {
    Matrix(count, columns, Array(values[first * columns..<(first + count) * columns]))
  }

  /// Blocks of rows below each other, in their order.
  static func stacked(_ blocks: [Matrix]) -> Matrix {
    Matrix(blocks.reduce(0) { $0 + $1.rows }, blocks.first?.columns ?? 0, blocks.flatMap(\.values))
  }
}

/// Reverse-mode differentiation over matrices: operations are written down as they are computed, and `gradients` walks them
/// back. Every sum has one order, and exponentials are those of `Deterministic`: results are the same bits everywhere.
///
/// It is confined to one task.
public final class Tape {
  public struct Variable: Hashable, Sendable { fileprivate let place: Int }

  private struct Node {
    var value: Matrix
    /// Whether anything trained stands behind it.
    var isTrained: Bool
    var inputs: [Variable]
    /// What the gradient of the value gives to each input.
    var pull: (Matrix) -> [Matrix]
  }
  private var nodes: [Node] = []

  public init() {}

  public subscript(variable: Variable) -> Matrix { nodes[variable.place].value }

  public func constant(_ value: Matrix) -> Variable { leaf(value, isTrained: false) }
  public func parameter(_ value: Matrix) -> Variable { leaf(value, isTrained: true) }

  private func leaf(_ value: Matrix, isTrained: Bool) -> Variable {
    nodes.append(Node(value: value, isTrained: isTrained, inputs: []) { _ in [] })
    return Variable(place: nodes.count - 1)
  }

  private func write(_ value: Matrix, _ inputs: [Variable], _ pull: @escaping (Matrix) -> [Matrix]) -> Variable {
    nodes.append(
      Node(value: value, isTrained: inputs.contains { nodes[$0.place].isTrained }, inputs: inputs, pull: pull))
    return Variable(place: nodes.count - 1)
  }

  /// d `output` / d each of `variables`, of an output of one number; of a variable that plays no part, zeros.
  public func gradients(of output: Variable, by variables: [Variable]) -> [Matrix] {
    precondition(self[output].values.count == 1, "a gradient of \(self[output].values.count) numbers")
    var gradients = [Matrix?](repeating: nil, count: nodes.count)
    gradients[output.place] = Matrix(1, 1, filledWith: 1)
    for place in stride(from: output.place, through: 0, by: -1)
    where nodes[place].isTrained && !nodes[place].inputs.isEmpty {
      guard let gradient = gradients[place] else { continue }
      for (input, part) in zip(nodes[place].inputs, nodes[place].pull(gradient)) where nodes[input.place].isTrained {
        gradients[input.place] = gradients[input.place].map { $0.zipped(part, +) } ?? part
      }
    }
    return variables.map { gradients[$0.place] ?? self[$0].mapped { _ in 0 } }
  }

  // MARK: operations

  public func product(_ a: Variable, _ b: Variable) -> Variable {
    let (x, y) = (self[a], self[b])
    let (first, second) = (nodes[a.place].isTrained, nodes[b.place].isTrained)
    return write(x * y, [a, b]) { g in [first ? g * y.transposed : g, second ? x.transposed * g : g] }
  }

  public func sum(_ a: Variable, _ b: Variable) -> Variable { write(self[a].zipped(self[b], +), [a, b]) { [$0, $0] } }

  public func difference(_ a: Variable, _ b: Variable) -> Variable {
    write(self[a].zipped(self[b], -), [a, b]) { [$0, $0.mapped { -$0 }] }
  }

  /// Element by element.
  public func times(_ a: Variable, _ b: Variable) -> Variable {
    let (x, y) = (self[a], self[b])
    return write(x.zipped(y, *), [a, b]) { [$0.zipped(y, *), $0.zipped(x, *)] }
  }

  public func scaled(_ a: Variable, by factor: Double) -> Variable {
    write(self[a].mapped { factor * $0 }, [a]) { [$0.mapped { factor * $0 }] }
  }

  /// A matrix times a trained number, 1 x 1.
  public func scaled(_ a: Variable, by factor: Variable) -> Variable {
    let x = self[a], c = self[factor].values[0]
    return write(x.mapped { c * $0 }, [a, factor]) { g in
      [g.mapped { c * $0 }, Matrix(1, 1, filledWith: g.zipped(x, *).values.reduce(0, +))]
    }
  }

  /// A row is added to every row.
  public func plusRow(_ a: Variable, _ row: Variable) -> Variable {
    let x = self[a], r = self[row]
    precondition(r.rows == 1 && r.columns == x.columns, "a row of \(r.columns) for \(x.columns) columns")
    let value = Matrix(x.rows, x.columns, x.values.indices.map { x.values[$0] + r.values[$0 % x.columns] })
    return write(value, [a, row]) { g in [g, Matrix(1, g.rows, filledWith: 1) * g] }
  }

  public func relu(_ a: Variable) -> Variable {
    let x = self[a]
    return write(x.mapped { max($0, 0) }, [a]) { [$0.zipped(x) { $1 > 0 ? $0 : 0 }] }
  }

  public func transposed(_ a: Variable) -> Variable { write(self[a].transposed, [a]) { [$0.transposed] } }

  /// Matrices beside each other.
  public func beside(_ a: Variable, _ b: Variable) -> Variable {
    let x = self[a], y = self[b]
    precondition(x.rows == y.rows, "\(x.rows) rows beside \(y.rows)")
    let rows = (0..<x.rows).map { x.block($0, 1).values + y.block($0, 1).values }
    return write(Matrix(rows), [a, b]) { g in
      let parts = (0..<g.rows).map { g.block($0, 1).values }
      return [Matrix(parts.map { Array($0[..<x.columns]) }), Matrix(parts.map { Array($0[x.columns...]) })]
    }
  }

  /// Each of the consecutive blocks of rows of `a` is multiplied from the left by its own constant matrix.
  ///
  /// - Parameter matrices: One a block, [rows out][rows in]; all blocks have as many rows as these have columns.
  public func mixed(_ a: Variable, by matrices: [Matrix]) -> Variable {
    func apply(_ matrices: [Matrix], _ x: Matrix) -> Matrix {
      let height = matrices[0].columns
      precondition(x.rows == height * matrices.count, "\(x.rows) rows for \(matrices.count) blocks of \(height)")
      return .stacked(matrices.indices.map { matrices[$0] * x.block($0 * height, height) })
    }
    return write(apply(matrices, self[a]), [a]) { [apply(matrices.map(\.transposed), $0)] }
  }

  /// Row i of `a`, read as a matrix W_i of `d` rows, gives the block X_i W_i, X_i being a constant of m rows and d columns.
  public func linear(_ a: Variable, inputs: [Matrix]) -> Variable {
    write(Self.forward(self[a], inputs), [a]) { [Self.backward($0, inputs)] }
  }

  /// The adjoint of `linear`: block i of `a`, R_i, gives the row X_i^T R_i.
  public func linearTransposed(_ a: Variable, inputs: [Matrix]) -> Variable {
    write(Self.backward(self[a], inputs), [a]) { [Self.forward($0, inputs)] }
  }

  private static func forward(_ rows: Matrix, _ inputs: [Matrix]) -> Matrix {
    .stacked(
      inputs.indices.map { i in
        inputs[i] * Matrix(inputs[i].columns, rows.columns / inputs[i].columns, rows.block(i, 1).values)
      })
  }

  private static func backward(_ blocks: Matrix, _ inputs: [Matrix]) -> Matrix {
    Matrix(
      inputs.indices.map { i in
        (inputs[i].transposed * blocks.block(i * inputs[i].rows, inputs[i].rows)).values
      })
  }

  /// Of every row.
  public func softmax(_ a: Variable) -> Variable {
    let x = self[a], columns = x.columns
    let p = Matrix(
      (0..<x.rows).map { row in
        let values = x.block(row, 1).values, largest = values.max() ?? 0
        let exponentials = values.map { Deterministic.exponential($0 - largest) }, sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
      })
    return write(p, [a]) { g in
      let rows = (0..<p.rows).map { row -> [Double] in
        let dot = (0..<columns).reduce(0.0) { $0 + g[row, $1] * p[row, $1] }
        return (0..<columns).map { p[row, $0] * (g[row, $0] - dot) }
      }
      return [Matrix(rows)]
    }
  }

  /// Natural logarithms of positive numbers; below 1e-300 as there.
  public func logarithm(_ a: Variable) -> Variable {
    let x = self[a].mapped { max($0, 1e-300) }
    return write(x.mapped(Deterministic.log), [a]) { [$0.zipped(x, /)] }
  }

  /// Of all elements, 1 x 1.
  public func total(_ a: Variable) -> Variable {
    let x = self[a]
    return write(Matrix(1, 1, filledWith: x.values.reduce(0, +)), [a]) { g in [x.mapped { _ in g.values[0] }] }
  }

  public func mean(_ a: Variable) -> Variable { scaled(total(a), by: 1 / Double(self[a].values.count)) }

  /// The Frobenius norm, 1 x 1, of a matrix that is not zero.
  public func norm(_ a: Variable) -> Variable {
    let x = self[a], length = max(x.values.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-300)
    return write(Matrix(1, 1, filledWith: length), [a]) { g in [x.mapped { g.values[0] * $0 / length }] }
  }

  /// The same numbers in another number of rows.
  public func reshaped(_ a: Variable, rows: Int) -> Variable {
    let x = self[a]
    precondition(rows > 0 && x.values.count % rows == 0, "\(x.values.count) values in \(rows) rows")
    return write(Matrix(rows, x.values.count / rows, x.values), [a]) { [Matrix(x.rows, x.columns, $0.values)] }
  }

  /// Every row divided by its length, at least 1e-12.
  public func normalisedRows(_ a: Variable) -> Variable {
    let x = self[a]
    let lengths = (0..<x.rows).map { row in
      max(1e-12, (0..<x.columns).reduce(0) { $0 + x[row, $1] * x[row, $1] }.squareRoot())
    }
    let y = Matrix(x.rows, x.columns, x.values.indices.map { x.values[$0] / lengths[$0 / x.columns] })
    return write(y, [a]) { g in
      var result = g
      for row in 0..<g.rows {
        let along = (0..<g.columns).reduce(0) { $0 + g[row, $1] * y[row, $1] }
        for column in 0..<g.columns { result[row, column] = (g[row, column] - along * y[row, column]) / lengths[row] }
      }
      return [result]
    }
  }

  /// Some elements, by their places in the order of rows, as a column.
  public func picked(_ a: Variable, _ places: [Int]) -> Variable {
    let x = self[a]
    return write(Matrix(places.count, 1, places.map { x.values[$0] }), [a]) { g in
      var result = Matrix(x.rows, x.columns)
      for (i, place) in places.enumerated() { result.values[place] += g.values[i] }
      return [result]
    }
  }

  public func quotient(_ a: Variable, _ b: Variable) -> Variable {
    let x = self[a], y = self[b]
    return write(x.zipped(y, /), [a, b]) { g in
      [g.zipped(y, /), g.zipped(x, *).zipped(y) { -$0 / ($1 * $1) }]
    }
  }
}

/// Adam (Kingma & Ba 2015, arXiv:1412.6980) over matrices, decoupled decay (Loshchilov & Hutter 2019) where asked for.
public struct MatrixAdam: Sendable {
  public var rate: Double
  public var decay = 0.0
  private var first: [Matrix] = []
  private var second: [Matrix] = []
  private var power = (first: 1.0, second: 1.0)

  public init(rate: Double, decay: Double = 0) { (self.rate, self.decay) = (rate, decay) }

  /// What the next step depends on beside the parameters: empty before the first.
  public var state: [Double] {
    first.isEmpty ? [] : [power.first, power.second] + (first + second).flatMap(\.values)
  }

  /// - Parameters:
  ///   - state: Of another optimiser of parameters of these shapes.
  /// - Returns: Whether it has the length that these take.
  public mutating func restore(_ state: [Double], of parameters: [Matrix]) -> Bool {
    let count = parameters.reduce(0) { $0 + $1.values.count }
    guard state.isEmpty || state.count == 2 + 2 * count else { return false }
    guard !state.isEmpty else {
      (first, second, power) = ([], [], (1, 1))
      return true
    }
    var place = 2
    func next() -> [Matrix] {
      parameters.map { shape in
        defer { place += shape.values.count }
        return Matrix(shape.rows, shape.columns, Array(state[place..<place + shape.values.count]))
      }
    }
    power = (state[0], state[1])
    first = next()
    second = next()
    return true
  }

  public mutating func step(_ parameters: inout [Matrix], _ gradients: [Matrix]) {
    if first.isEmpty {
      (first, second) = (gradients.map { $0.mapped { _ in 0 } }, gradients.map { $0.mapped { _ in 0 } })
    }
    power = (power.first * 0.9, power.second * 0.999)
    for i in parameters.indices {
      for j in parameters[i].values.indices {
        let g = gradients[i].values[j]
        let m = 0.9 * first[i].values[j] + 0.1 * g, v = 0.999 * second[i].values[j] + 0.001 * (g * g)
        (first[i].values[j], second[i].values[j]) = (m, v)
        let step = m / (1 - power.first) / ((v / (1 - power.second)).squareRoot() + 1e-8)
        parameters[i].values[j] -= rate * (step + decay * parameters[i].values[j])
      }
    }
  }
}
