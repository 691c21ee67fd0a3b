/// Upper bounds of the largest singular value of a matrix.
package enum SpectralNorm {
  /// Squarings of the Gram matrix; of a matrix of 500 rows the bound is at most 5 % too high.
  private static let squarings = 6
  /// Larger ones take the Frobenius norm, which costs nothing.
  private static let largestSide = 1024

  /// (tr G^(2^k))^(1 / 2^(k + 1)) with the Gram matrix G of the smaller side, which no rounding brings below the norm by more
  /// than 1e-9 of it.
  ///
  /// - Parameter matrix: [row][column].
  package static func bound(_ matrix: [Double], columns: Int) -> Double {
    let rows = columns == 0 ? 0 : matrix.count / columns, squares = matrix.reduce(0) { $0 + $1 * $1 }
    let side = min(rows, columns)
    guard squares > 0, side > 1, side <= largestSide else { return squares.squareRoot() * (1 + 1e-9) }
    var gram = product(rows <= columns ? matrix : transposed(matrix, columns: columns), side: side)
    // tr G^(2^k) = product of the scales' powers.
    var roots: [Double] = []
    for _ in 0..<squarings {
      let trace = (0..<side).reduce(0) { $0 + gram[$1 * side + $1] }
      roots.append(trace)
      for i in gram.indices { gram[i] /= trace }
      gram = product(gram, side: side)
    }
    var bound = (0..<side).reduce(0) { $0 + gram[$1 * side + $1] }
    for scale in roots.reversed() { bound = bound.squareRoot() * scale }
    return bound.squareRoot() * (1 + 1e-9)
  }

  private static func transposed(_ matrix: [Double], columns: Int) -> [Double] {
    let rows = matrix.count / columns
    return (0..<matrix.count).map { matrix[$0 % rows * columns + $0 / rows] }
  }

  /// A A^T of a matrix of `side` rows.
  private static func product(_ a: [Double], side: Int) -> [Double] {
    let columns = a.count / side
    var result = [Double](repeating: 0, count: side * side)
    a.withUnsafeBufferPointer { a in
      result.withUnsafeMutableBufferPointer { result in
        for i in 0..<side {
          for j in 0...i {
            var lanes = SIMD8<Double>.zero, k = 0
            let x = UnsafeRawPointer(a.baseAddress! + i * columns), y = UnsafeRawPointer(a.baseAddress! + j * columns)
            while k + 8 <= columns {
              lanes +=
                x.loadUnaligned(fromByteOffset: 8 * k, as: SIMD8<Double>.self)
                * y.loadUnaligned(fromByteOffset: 8 * k, as: SIMD8<Double>.self)
              k += 8
            }
            var sum = lanes.sum()
            while k < columns {
              sum += a[i * columns + k] * a[j * columns + k]
              k += 1
            }
            result[i * side + j] = sum
            result[j * side + i] = sum
          }
        }
      }
    }
    return result
  }
}
