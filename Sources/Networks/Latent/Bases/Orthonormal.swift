import Lanes

/// Square matrices whose rows are orthonormal, row by row, in double precision; the same bits everywhere.
enum Orthonormal {
  /// C[u][v] = s cos(pi (2v + 1) u / 2n), with s = sqrt(1/n) in the first row and sqrt(2/n) in the others.
  static func cosine(_ n: Int) -> [Double] {
    (0..<n * n).map { i in
      let u = i / n, v = i % n, scale = ((u == 0 ? 1.0 : 2.0) / Double(n)).squareRoot()
      // The angle in quarter turns over n, brought into -pi ... pi.
      let quarters = (2 * v + 1) * u % (4 * n)
      return scale * Deterministic.cosine(.pi * Double(quarters > 2 * n ? quarters - 4 * n : quarters) / Double(2 * n))
    }
  }

  /// Walsh-Hadamard: the sign is the parity of the bits that row and column share. `n` is a power of two.
  static func hadamard(_ n: Int) -> [Double] {
    let scale = 1 / Double(n).squareRoot()
    return (0..<n * n).map { ($0 / n & $0 % n).nonzeroBitCount % 2 == 0 ? scale : -scale }
  }

  /// Rows drawn from a normal distribution and made orthonormal, which is uniform over rotations and reflections.
  static func random(_ n: Int, _ stream: inout RandomStream) -> [Double] {
    completed(Rows((0..<n * n).map { _ in stream.nextNormal() }, n), n)
  }

  /// The rows made orthonormal in their order (Gram-Schmidt, twice) and completed by unit vectors; rows that depend on
  /// earlier ones are left out.
  static func completed(_ rows: Rows, _ n: Int) -> [Double] {
    let basis = Rows([Double](repeating: 0, count: n * n), n)
    var count = 0, next = 0
    while count < n {
      let target = basis[count]
      for i in 0..<n { target[i] = next < rows.count ? rows[next][i] : i == next - rows.count ? 1 : 0 }
      next += 1
      guard Rows.normalise(target, n) > 0 else { continue }
      for _ in 0..<2 {
        for row in 0..<count { Rows.add(-Rows.product(target, basis[row], n), basis[row], to: target, n) }
      }
      if Rows.normalise(target, n) > 1e-6 { count += 1 }
    }
    return basis.values
  }

  /// Singular vectors of a matrix of `rows` x `columns`, by one-sided Jacobi rotations (Hestenes 1958), in descending order
  /// of the singular values: all left ones as the rows of one matrix, all right ones as the rows of the other.
  static func singularVectors(_ matrix: [Double], rows: Int, columns: Int) -> (left: [Double], right: [Double]) {
    if rows > columns {
      let flipped = (0..<rows * columns).map { matrix[$0 % rows * columns + $0 / rows] }
      let (left, right) = singularVectors(flipped, rows: columns, columns: rows)
      return (right, left)
    }
    let a = Rows(matrix, columns), u = Rows((0..<rows * rows).map { $0 / rows == $0 % rows ? 1 : 0 }, rows)
    var sweeps = 0
    while sweep(a, u), sweeps < 40 { sweeps += 1 }
    let sizes = (0..<rows).map { Rows.product(a[$0], a[$0], columns).squareRoot() }
    let order = sizes.indices.sorted { (sizes[$0], $1) > (sizes[$1], $0) }
    let right = order.filter { sizes[$0] > 1e-9 * sizes[order[0]] }.flatMap { row in (0..<columns).map { a[row][$0] } }
    let left = order.flatMap { row in (0..<rows).map { u[row][$0] } }
    return (completed(Rows(left, rows), rows), completed(Rows(right, columns), columns))
  }

  /// Rotates every pair of rows so that they are orthogonal; returns whether any was not.
  private static func sweep(_ a: Rows, _ u: Rows) -> Bool {
    var hasRotated = false
    for p in 0..<a.count {
      for q in p + 1..<max(p + 1, a.count) {
        let pp = Rows.product(a[p], a[p], a.width), qq = Rows.product(a[q], a[q], a.width)
        let pq = Rows.product(a[p], a[q], a.width)
        guard pq != 0, abs(pq) > 1e-12 * (pp * qq).squareRoot() else { continue }
        hasRotated = true
        let theta = (qq - pp) / (2 * pq)
        let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot()
        for rows in [a, u] { Rows.turn(rows[p], rows[q], c, c * t, rows.width) }
      }
    }
    return hasRotated
  }
}

/// Rows of numbers in memory; sums are taken in eight chains, whose results are added in order.
final class Rows {
  let width: Int
  let count: Int
  private let buffer: UnsafeMutableBufferPointer<Double>

  init(_ values: [Double], _ width: Int) {
    self.width = width
    count = width == 0 ? 0 : values.count / width
    buffer = .allocate(capacity: values.count + 8)
    _ = buffer.initialize(from: values + [Double](repeating: 0, count: 8))
  }

  deinit { buffer.deallocate() }

  subscript(row: Int) -> UnsafeMutablePointer<Double> { buffer.baseAddress! + row * width }
  var values: [Double] { Array(buffer.prefix(width * count)) }

  static func product(_ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ n: Int) -> Double {
    var chains = SIMD8<Double>(repeating: 0), i = 0
    while i + 8 <= n {
      chains += load(x + i) * load(y + i)
      i += 8
    }
    var sum = 0.0
    for lane in 0..<8 { sum += chains[lane] }
    while i < n {
      sum += x[i] * y[i]
      i += 1
    }
    return sum
  }

  private static func load(_ x: UnsafeMutablePointer<Double>) -> SIMD8<Double> {
    UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Double>.self)
  }

  static func add(_ factor: Double, _ x: UnsafeMutablePointer<Double>, to y: UnsafeMutablePointer<Double>, _ n: Int) {
    for i in 0..<n { y[i] += factor * x[i] }
  }

  /// Brings a row to length 1 and returns the length it had.
  static func normalise(_ x: UnsafeMutablePointer<Double>, _ n: Int) -> Double {
    let length = product(x, x, n).squareRoot()
    if length > 0 { for i in 0..<n { x[i] /= length } }
    return length
  }

  static func turn(
    _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ c: Double, _ s: Double, _ n: Int
  ) {
    for i in 0..<n { (x[i], y[i]) = (c * x[i] - s * y[i], s * x[i] + c * y[i]) }
  }
}
