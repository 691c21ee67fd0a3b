/// Normal distributions of classes with a mean each and one covariance for all, fitted to samples: how far a sample lies from
/// the nearest class (Lee et al. 2018, arXiv:1807.03888, eq. 1 and 2, without their noise and their ensemble of layers).
public struct TiedGaussians: Sendable {
  private let means: [[Double]]
  /// The lower triangle of Cholesky's factor of the covariance.
  private let factor: Matrix

  /// The covariance is that about the classes' means over all samples (division by their number), with a millionth of its mean
  /// diagonal added so that it can be inverted.
  ///
  /// - Parameters:
  ///   - values: [sample][number]
  ///   - labels: A class a sample; classes without samples are left out.
  public init(_ values: [[Double]], labels: [Int], classes: Int) {
    precondition(values.count == labels.count && !values.isEmpty, "\(values.count) samples, \(labels.count) labels")
    let size = values[0].count
    var sums = [[Double]](repeating: [Double](repeating: 0, count: size), count: classes)
    var counts = [Int](repeating: 0, count: classes)
    for (value, label) in zip(values, labels) {
      for i in 0..<size { sums[label][i] += value[i] }
      counts[label] += 1
    }
    let all = zip(sums, counts).map { sum, count in sum.map { $0 / Double(max(1, count)) } }
    means = zip(all, counts).filter { $1 > 0 }.map(\.0)
    let centred = Matrix(zip(values, labels).map { value, label in zip(value, all[label]).map { $0 - $1 } })
    var covariance = centred.transposed * centred
    for i in covariance.values.indices { covariance.values[i] /= Double(values.count) }
    let trace = (0..<size).reduce(0) { $0 + covariance[$1, $1] }
    let ridge = max(1e-6 * trace / Double(size), 1e-300)
    for i in 0..<size { covariance[i, i] += ridge }
    factor = Self.factorised(covariance)
  }

  /// The squared Mahalanobis distance to the nearest class.
  public func distance(_ value: [Double]) -> Double {
    means.map { mean in
      var solved = [Double](repeating: 0, count: value.count), sum = 0.0
      for i in value.indices {
        var rest = value[i] - mean[i]
        for j in 0..<i { rest -= factor[i, j] * solved[j] }
        solved[i] = rest / factor[i, i]
        sum += solved[i] * solved[i]
      }
      return sum
    }.min()!
  }

  private static func factorised(_ a: Matrix) -> Matrix {
    var l = Matrix(a.rows, a.rows)
    for j in 0..<a.rows {
      for i in j..<a.rows {
        var sum = a[i, j]
        for k in 0..<j { sum -= l[i, k] * l[j, k] }
        l[i, j] = i == j ? max(sum, 1e-300).squareRoot() : sum / l[j, j]
      }
    }
    return l
  }
}
