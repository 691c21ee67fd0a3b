/// Linear regression with a penalty on the squared coefficients, in closed form; the intercept is free.
///
/// Columns are standardised by the samples that it is fitted to; those without spread are left out.
public struct RidgeRegression: Sendable {
  public let strength: Double
  private let means: [Double]
  private let scales: [Double]
  private let coefficients: [Double]
  private let intercept: Double

  /// The strengths that `crossValidated` tries, in units of the number of samples.
  public static let strengths = [1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10]

  /// (Z^T Z + strength n I) b = Z^T (y - mean), by Cholesky's factors.
  ///
  /// - Parameter rows: [sample][feature].
  public init(_ rows: [[Double]], _ targets: [Double], strength: Double) {
    precondition(
      rows.count == targets.count && !rows.isEmpty && strength > 0, "\(rows.count) rows, strength \(strength)")
    let n = Double(rows.count), width = rows[0].count
    let means = (0..<width).map { j in rows.reduce(0) { $0 + $1[j] } / n }
    let scales = (0..<width).map { j -> Double in
      let variance = rows.reduce(0) { $0 + ($1[j] - means[j]) * ($1[j] - means[j]) } / n
      return variance > 1e-18 ? 1 / variance.squareRoot() : 0
    }
    let z = Matrix(rows.map { row in (0..<width).map { (row[$0] - means[$0]) * scales[$0] } })
    let level = targets.reduce(0, +) / n
    var system = z.transposed * z
    for j in 0..<width { system[j, j] += strength * n }
    coefficients = Self.solved(system, (z.transposed * Matrix(targets.map { [$0 - level] })).values)
    (self.strength, self.means, self.scales, intercept) = (strength, means, scales, level)
  }

  /// With the strength of least squared error over folds, sample i being in fold i mod `folds`; the largest of equals.
  public init(crossValidated rows: [[Double]], _ targets: [Double], folds: Int = 5) {
    let folds = min(folds, rows.count)
    func error(_ strength: Double) -> Double {
      (0..<folds).reduce(0) { sum, fold in
        let inside = rows.indices.filter { $0 % folds != fold }, outside = rows.indices.filter { $0 % folds == fold }
        guard !inside.isEmpty else { return sum }
        let fit = RidgeRegression(inside.map { rows[$0] }, inside.map { targets[$0] }, strength: strength)
        return outside.reduce(sum) {
          $0 + (fit.predicted(rows[$1]) - targets[$1]) * (fit.predicted(rows[$1]) - targets[$1])
        }
      }
    }
    let best = Self.strengths.map { ($0, error($0)) }.reduce((Self.strengths[0], Double.infinity)) {
      $1.1 <= $0.1 ? $1 : $0
    }
    self.init(rows, targets, strength: best.0)
  }

  public func predicted(_ row: [Double]) -> Double {
    coefficients.indices.reduce(intercept) { $0 + coefficients[$1] * (row[$1] - means[$1]) * scales[$1] }
  }

  /// Solves A x = b of a positive definite A.
  private static func solved(_ a: Matrix, _ b: [Double]) -> [Double] {
    let n = b.count
    var l = Matrix(n, n), x = b
    for i in 0..<n {
      for j in 0...i {
        let sum = (0..<j).reduce(a[i, j]) { $0 - l[i, $1] * l[j, $1] }
        l[i, j] = i == j ? max(sum, 1e-300).squareRoot() : sum / l[j, j]
      }
    }
    for i in 0..<n { x[i] = (0..<i).reduce(x[i]) { $0 - l[i, $1] * x[$1] } / l[i, i] }
    for i in stride(from: n - 1, through: 0, by: -1) {
      x[i] = (i + 1..<max(n, i + 1)).reduce(x[i]) { $0 - l[$1, i] * x[$1] } / l[i, i]
    }
    return x
  }
}
