package import Analysis
package import Lanes

/// Labels that a network gives samples by the nearest centroid of its features (SHOT: Liang et al. 2020, arXiv:2002.08546, eq. 4
/// to 6): features of length 1 with a 1 behind them, centroids first as means weighted by the predicted probabilities, then as
/// means of the samples that are nearest to them. Nearness is the cosine.
package struct PseudoLabels: Equatable, Sendable {
  package let labels: [Int]
  /// From 0 to 1: softmax over ten times the cosines, at the label. How sure a label is weighs it here; SHOT's count alike.
  package let confidences: [Double]

  /// - Parameters:
  ///   - features: [sample][number]
  ///   - probabilities: [sample][class]
  package init(_ features: Matrix, probabilities: Matrix) {
    let rows = Self.lengthened(features), classes = probabilities.columns
    let first = Self.nearest(rows, Self.centroids(rows, classes) { probabilities[$0, $1] })
    let second = Self.nearest(rows, Self.centroids(rows, classes) { first.labels[$0] == $1 ? 1 : 0 })
    (labels, confidences) = second
  }

  private static func lengthened(_ features: Matrix) -> [[Double]] {
    (0..<features.rows).map { row in
      let values = (0..<features.columns).map { features[row, $0] }
      return unit(unit(values) + [1])
    }
  }

  private static func unit(_ values: [Double]) -> [Double] {
    let length = max(1e-12, values.reduce(0) { $0 + $1 * $1 }.squareRoot())
    return values.map { $0 / length }
  }

  /// Of length 1; `nil` for a class that no sample counts for.
  private static func centroids(
    _ rows: [[Double]], _ classes: Int, weight: (Int, Int) -> Double
  ) -> [[Double]?] {
    (0..<classes).map { c in
      var sum = [Double](repeating: 0, count: rows[0].count), total = 0.0
      for (i, row) in rows.enumerated() {
        let share = weight(i, c)
        guard share > 0 else { continue }
        total += share
        for j in row.indices { sum[j] += share * row[j] }
      }
      return total > 1e-12 ? unit(sum) : nil
    }
  }

  private static func nearest(_ rows: [[Double]], _ centroids: [[Double]?]) -> (labels: [Int], confidences: [Double]) {
    var labels: [Int] = [], confidences: [Double] = []
    for row in rows {
      let cosines = centroids.map { centroid in
        centroid.map { zip($0, row).reduce(0) { $0 + $1.0 * $1.1 } } ?? -1
      }
      let label = cosines.indices.reduce(0) { cosines[$1] > cosines[$0] ? $1 : $0 }
      labels.append(label)
      confidences.append(Softmax.probabilities(cosines.map { 10 * $0 })[label])
    }
    return (labels, confidences)
  }
}

/// Three samples of a batch, and which of two is nearer to the first by their pseudo-labels.
package struct Triplet: Equatable, Sendable {
  package var anchor, first, second: Int
  /// Whether `first` has the anchor's label; else `second` has.
  package var isFirstNearer: Bool
  /// The product of the three confidences.
  package var weight: Double

  package var nearer: Int { isFirstNearer ? first : second }
  package var farther: Int { isFirstNearer ? second : first }

  /// A triplet for every sample of a batch that has one with its label and one without; which of the two comes first is drawn
  /// too.
  package static func draw(_ labels: [Int], _ confidences: [Double], _ random: inout RandomStream) -> [Triplet] {
    var members: [Int: [Int]] = [:]
    for (i, label) in labels.enumerated() { members[label, default: []].append(i) }
    return labels.indices.compactMap { anchor in
      let alike = members[labels[anchor]]!, others = labels.count - alike.count
      guard alike.count > 1, others > 0 else { return nil }
      let own = alike.firstIndex(of: anchor)!
      let near = alike[(own + 1 + random.nextIndex(below: alike.count - 1)) % alike.count]
      // The n-th sample of another label.
      var left = random.nextIndex(below: others), far = 0
      while labels[far] == labels[anchor] || left > 0 {
        if labels[far] != labels[anchor] { left -= 1 }
        far += 1
      }
      let isFirst = random.nextUniform() < 0.5
      return Triplet(
        anchor: anchor, first: isFirst ? near : far, second: isFirst ? far : near, isFirstNearer: isFirst,
        weight: confidences[anchor] * confidences[near] * confidences[far])
    }
  }
}
