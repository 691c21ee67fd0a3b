package import Analysis
import Basics
import Lanes

/// What an examiner of its own says of a finished network, by samples without labels: it learns the network's pseudo-labels as
/// orders of triplets on the first half, and is asked on the second.
package struct ExaminerVerdict: Equatable, Sendable {
  /// Correlation of its similarities with those of the network's probabilities, over pairs of a batch, mean over the batches.
  package let agreement: Double
  /// The share of triplets that it orders as the pseudo-labels do.
  package let ordering: Double
  /// The mean of the largest probability.
  package let confidence: Double

  private static let batch = 128

  /// - Parameters:
  ///   - features: [sample][number], at least 4.
  ///   - stage: Ends the names of random streams.
  package init(
    _ features: Matrix, _ classifier: FrozenClassifier, width: Int, steps: Int, seed: UInt64, stage: String
  ) throws {
    let p = classifier.probabilities(features), labels = PseudoLabels(features, probabilities: p)
    let half = features.rows / 2
    var random = RandomStream(seed: seed, "judge-examiner/\(stage)")
    var examiner = Examiner(features: features.columns, channels: 0, width: width, &random)
    func triplets(_ places: [Int]) -> [Triplet] {
      Triplet.draw(places.map { labels.labels[$0] }, places.map { labels.confidences[$0] }, &random)
    }
    for _ in 0..<steps {
      if Interruption.isRequested { try Interruption.check() }
      let places = (0..<min(Self.batch, half)).map { _ in random.nextIndex(below: half) }
      let drawn = triplets(places)
      examiner.learn(Examiner.Batch(features: features.rows(places)), drawn)
    }
    var agreements: [Double] = [], orders = (right: 0, all: 0)
    for first in stride(from: half, to: features.rows, by: Self.batch) {
      let places = Array(first..<min(first + Self.batch, features.rows))
      guard places.count > 2 else { continue }
      let embedding = examiner.embed(Examiner.Batch(features: features.rows(places))).embedding
      let similarities = Likeness.similarities(embedding)
      agreements.append(Likeness.correlation(similarities, Likeness.similarities(p.rows(places))))
      for triplet in triplets(places) {
        orders.all += 1
        if similarities[triplet.anchor, triplet.nearer] > similarities[triplet.anchor, triplet.farther] {
          orders.right += 1
        }
      }
    }
    agreement = agreements.reduce(0, +) / Double(max(1, agreements.count))
    ordering = Double(orders.right) / Double(max(1, orders.all))
    confidence =
      (0..<p.rows).reduce(0) { sum, row in sum + (0..<p.columns).reduce(0) { max($0, p[row, $1]) } } / Double(p.rows)
  }
}

extension Matrix {
  /// Some rows, in their order.
  fileprivate func rows(_ places: [Int]) -> Matrix {
    Matrix(places.count, columns, places.flatMap { values[$0 * columns..<($0 + 1) * columns] })
  }
}
