import Lanes

/// Losses and predictions of samples, by fixed arithmetic.
package enum SampleScores {
  /// Softmax of one sample's outputs.
  package static func probabilities(_ outputs: ArraySlice<Float>) -> [Double] {
    Softmax.probabilities(outputs.map { Double($0) })
  }

  /// Cross-entropies with labels, [sample].
  package static func losses(_ outputs: [Float], classes: Int, labels: [Int32]) -> [Float] {
    labels.indices.map { i in
      Float(-Deterministic.log(max(1e-12, probabilities(outputs[i * classes..<(i + 1) * classes])[Int(labels[i])])))
    }
  }

  /// The class of the largest output, the first of equals.
  package static func predictions(_ outputs: [Float], classes: Int) -> [Int32] {
    stride(from: 0, to: outputs.count, by: classes).map { first in
      var best = 0
      for i in 1..<classes where outputs[first + i] > outputs[first + best] { best = i }
      return Int32(best)
    }
  }

  /// How far predictions for views of a sample lie apart: the Jensen-Shannon divergence of their distributions, in nats.
  package static func disagreement(_ views: [[Float]], classes: Int) -> [Float] {
    let count = views[0].count / classes
    return (0..<count).map { i in
      let all = views.map { probabilities($0[i * classes..<(i + 1) * classes]) }
      let mean = (0..<classes).map { c in all.reduce(0) { $0 + $1[c] } / Double(all.count) }
      let own = all.reduce(0) { $0 + entropy($1) } / Double(all.count)
      return Float(max(0, entropy(mean) - own))
    }
  }

  private static func entropy(_ p: [Double]) -> Double {
    -p.reduce(0) { $1 > 0 ? $0 + $1 * Deterministic.log($1) : $0 }
  }

  /// The place of each value in ascending order, ties by index, from 0 to below 1.
  package static func ranks(_ values: [Float]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = [Double](repeating: 0, count: values.count)
    for (place, i) in order.enumerated() { ranks[i] = Double(place) / Double(values.count) }
    return ranks
  }

  /// The `round(share * n)` samples of lowest score, ties by index.
  package static func lowest(_ scores: [Double], share: Double) -> [Bool] {
    let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    var keeps = [Bool](repeating: false, count: scores.count)
    for i in order.prefix(Int((share * Double(scores.count)).rounded())) { keeps[i] = true }
    return keeps
  }
}
