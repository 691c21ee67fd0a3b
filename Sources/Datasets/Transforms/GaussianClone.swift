import Basics
import Lanes

/// Images replaced by normal numbers of the same means and covariances: what a network can learn from them is in the first
/// two moments (Redman et al. 2024, arXiv:2412.06545).
///
/// A sample of class c is mean + L z with L L^T a covariance of training samples (division by the count) and z standard
/// normal; labels and their order stay. Values are not clipped. Streams: `transform/NAME/train`, `/test`.
public struct GaussianClone: DataTransform {
  /// Whether all classes share one covariance, that of samples about their classes' means. Classes that have their own can
  /// be told apart by it.
  public let isPooled: Bool

  /// Covariances take the square of this.
  static let mostValues = 1024

  public var name: String { isPooled ? "gaussian-pooled" : "gaussian" }
  public var usage: String { "\(name)[:SEED]" }
  public var summary: String {
    "normal numbers with each class's mean and \(isPooled ? "all classes' common covariance" : "covariance")"
  }

  public init(isPooled: Bool = false) { self.isPooled = isPooled }

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    let seed = try seed(argument), size = dataset.inputShape.count
    guard size <= Self.mostValues else {
      throw Problem.usage(
        "+\(name) takes covariances of samples of at most \(Self.mostValues) numbers, and \(dataset.name) has \(size).",
        remedy: "Shrink the images first: \(dataset.name)+grey+half+\(name).")
    }
    let values = dataset.train.floats, labels = dataset.train.labels
    let members = (0..<dataset.classCount).map { label in labels.indices.filter { labels[$0] == label } }
    let means = members.map { Self.mean(values, of: $0, size: size) }
    let groups = isPooled ? [Array(labels.indices)] : members
    let factors = groups.map { samples in
      CovarianceFactor(values, of: samples, about: { means[Int(labels[$0])] }, size: size)
    }
    return try dataset.mapped(self, argument) { split, isTest in
      var random = RandomStream(seed: seed, "transform/\(name)/\(isTest ? "test" : "train")")
      return split.labels.flatMap { label in
        factors[isPooled ? 0 : Int(label)].draw(about: means[Int(label)], &random)
      }
    }
  }

  private static func mean(_ values: [Float], of samples: [Int], size: Int) -> [Double] {
    let n = Double(max(1, samples.count))
    var mean = [Double](repeating: 0, count: size)
    for sample in samples { for i in 0..<size { mean[i] += Double(values[sample * size + i]) / n } }
    return mean
  }
}

/// Cholesky's factor of the covariance of some samples.
private struct CovarianceFactor {
  private let size: Int
  /// Lower triangle, row by row in full rows.
  private let factor: [Double]

  init(_ values: [Float], of samples: [Int], about mean: (Int) -> [Double], size: Int) {
    let n = Double(max(1, samples.count))
    var covariance = [Double](repeating: 0, count: size * size), centred = [Double](repeating: 0, count: size)
    covariance.withUnsafeMutableBufferPointer { covariance in
      for sample in samples {
        let mean = mean(sample)
        for i in 0..<size { centred[i] = Double(values[sample * size + i]) - mean[i] }
        centred.withUnsafeBufferPointer { centred in
          for i in 0..<size {
            let row = covariance.baseAddress! + i * size, scale = centred[i] / n
            for j in 0...i { row[j] += scale * centred[j] }
          }
        }
      }
      Self.factorise(covariance.baseAddress!, size)
    }
    self.size = size
    factor = covariance
  }

  /// Cholesky's factor in place; columns without variance left, those of constant pixels, become zero.
  private static func factorise(_ matrix: UnsafeMutablePointer<Double>, _ size: Int) {
    let scale = (0..<size).reduce(0) { max($0, matrix[$1 * size + $1]) }
    for j in 0..<size {
      let pivotRow = matrix + j * size
      var pivot = pivotRow[j]
      for k in 0..<j { pivot -= pivotRow[k] * pivotRow[k] }
      let root = pivot > 1e-10 * scale ? pivot.squareRoot() : 0
      pivotRow[j] = root
      for i in j + 1..<max(size, j + 1) {
        let row = matrix + i * size
        var sum = row[j]
        for k in 0..<j { sum -= row[k] * pivotRow[k] }
        row[j] = root > 0 ? sum / root : 0
      }
    }
  }

  func draw(about mean: [Double], _ random: inout RandomStream) -> [Float] {
    let z = (0..<size).map { _ in random.nextNormal() }
    return factor.withUnsafeBufferPointer { factor in
      (0..<size).map { i in
        var sum = mean[i]
        for j in 0...i { sum += factor[i * size + j] * z[j] }
        return Float(sum)
      }
    }
  }
}
