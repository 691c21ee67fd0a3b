package import Analysis
import Lanes

/// The loss of fixed centres: with z the features divided by their length and c_i = z . a_i,
///
///     L = mean of -log(e^(s (c_y - m)) / (e^(s (c_y - m)) + sum over j != y of e^(s c_j))) + lambda D^(1/n)
///
/// where D is the mean of |z - a_y|^2 (Zhu, Zheng & Yan 2022, arXiv:2204.04665; the margin softmax is Wang et al. 2018,
/// arXiv:1801.05599). Centres have no gradient.
package struct CentreLoss: Sendable {
  /// [class][dimension], of length 1.
  package let centres: Matrix
  package let scale, margin, weight: Double
  package let root: Int

  package init(_ centres: Matrix, scale: Double, margin: Double, weight: Double, root: Int) {
    (self.centres, self.scale, self.margin, self.weight, self.root) = (centres, scale, margin, weight, root)
  }

  /// Features shorter than this are divided by it.
  private static let shortest = 1e-12

  private static func length(_ features: [Double]) -> Double {
    max(shortest, features.reduce(0) { $0 + $1 * $1 }.squareRoot())
  }

  /// c_i of one sample's features.
  package func cosines(_ features: [Double]) -> [Double] {
    let length = Self.length(features)
    return (0..<centres.rows).map { c in
      features.indices.reduce(0) { $0 + features[$1] * centres[c, $1] } / length
    }
  }

  /// The loss of a batch, and its gradient by the features.
  ///
  /// - Parameter features: [sample][number]
  package func gradient(_ features: [[Double]], labels: [Int]) -> (loss: Double, gradient: [[Double]]) {
    let count = Double(features.count), all = features.map(cosines)
    // |z - a|^2 = 2 - 2 z . a for vectors of length 1.
    let distance = zip(all, labels).reduce(0) { $0 + 2 - 2 * $1.0[$1.1] } / count
    let power = 1 / Double(root), rooted = root == 1 ? distance : Deterministic.power(distance, power)
    let slope = root == 1 ? 1 : distance > 1e-12 ? power * rooted / distance : 0
    var loss = weight * rooted
    let gradients = features.indices.map { i -> [Double] in
      let label = labels[i]
      var logits = all[i].map { scale * $0 }
      logits[label] -= scale * margin
      loss += (Softmax.logSum(logits) - logits[label]) / count
      var byCosine = Softmax.probabilities(logits).map { scale * $0 / count }
      byCosine[label] -= scale / count + 2 * weight * slope / count
      return byFeatures(features[i], all[i], byCosine)
    }
    return (loss, gradients)
  }

  /// With g = sum over i of (dL/dc_i) a_i: dL/du = (g - (g . z) z) / |u|.
  private func byFeatures(_ features: [Double], _ cosines: [Double], _ byCosine: [Double]) -> [Double] {
    let length = Self.length(features)
    let along = zip(byCosine, cosines).reduce(0) { $0 + $1.0 * $1.1 }
    return features.indices.map { j in
      let g = byCosine.indices.reduce(0) { $0 + byCosine[$1] * centres[$1, j] }
      return (g - along * features[j] / length) / length
    }
  }
}
