public import Lanes

/// The directions in which samples spread most, by orthogonal iteration on their covariance.
public struct PrincipalComponents: Sendable {
  public let means: [Double]
  /// [input][component], orthonormal columns, of the largest variance first.
  public let directions: Matrix
  /// Along each direction.
  public let variances: [Double]

  /// - Parameters:
  ///   - samples: [sample][input].
  ///   - count: Components, at most as many as inputs.
  ///   - random: Where the iteration starts.
  ///   - iterations: Rounds of multiplying by the covariance and making orthonormal.
  public init(_ samples: Matrix, count: Int, random: inout RandomStream, iterations: Int = 50) {
    precondition(samples.rows > 1 && 0 < count && count <= samples.columns, "\(count) of \(samples.columns) components")
    let n = Double(samples.rows), ones = Matrix(1, samples.rows, filledWith: 1 / n)
    let means = (ones * samples).values
    var centred = samples
    for i in centred.values.indices { centred.values[i] -= means[i % samples.columns] }
    var covariance = centred.transposed * centred
    for i in covariance.values.indices { covariance.values[i] /= n }
    var rows = Self.orthonormal(Matrix(count, samples.columns, normal: &random, deviation: 1))
    for _ in 0..<iterations { rows = Self.orthonormal(rows * covariance) }
    let images = rows * covariance
    self.means = means
    directions = rows.transposed
    variances = (0..<count).map { i in
      (0..<samples.columns).reduce(0) { $0 + rows[i, $1] * images[i, $1] }
    }
  }

  /// Gram and Schmidt, twice for the sake of rounding; a row that depends on those before becomes zero.
  private static func orthonormal(_ rows: Matrix) -> Matrix {
    var result = rows
    for i in 0..<rows.rows {
      var row = Array(rows.values[i * rows.columns..<(i + 1) * rows.columns])
      for _ in 0..<2 {
        for j in 0..<i {
          let dot = row.indices.reduce(0.0) { $0 + row[$1] * result[j, $1] }
          for k in row.indices { row[k] -= dot * result[j, k] }
        }
      }
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for k in row.indices { result[i, k] = length > 1e-150 ? row[k] / length : 0 }
    }
    return result
  }

  /// [sample][component], each divided by its standard deviation.
  public func features(_ samples: Matrix) -> Matrix {
    var centred = samples
    for i in centred.values.indices { centred.values[i] -= means[i % samples.columns] }
    var result = centred * directions
    for i in result.values.indices {
      result.values[i] /= max(variances[i % result.columns], 1e-12).squareRoot()
    }
    return result
  }
}
