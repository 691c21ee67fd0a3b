import Analysis
import Lanes

/// By what a sample is taken to be of the kind that a network was trained on: the higher, the more so.
public enum OodScore: String, CaseIterable, Codable, Sendable {
  /// The largest probability of softmax over the outputs (Hendrycks & Gimpel 2017, arXiv:1610.02136).
  case softmax
  /// log of the sum of e^output (Liu et al. 2020, arXiv:2010.03759, temperature 1).
  case energy
  /// The cosine with the nearest centre.
  case cosine = "max-cos"
  /// The same less the mean of all cosines. Even centres add up to nothing, and so do the cosines with them: in exact numbers
  /// it orders samples as the largest cosine does.
  case difference
  /// The largest cosine less the second.
  case gap
  /// Minus the squared Mahalanobis distance of the outputs to the nearest class.
  case mahalanobis

  var title: String {
    switch self {
    case .softmax: "Largest probability"
    case .energy: "Energy"
    case .cosine: "Largest cosine"
    case .difference: "Largest cosine minus mean"
    case .gap: "Largest cosine minus second"
    case .mahalanobis: "Mahalanobis"
    }
  }

  /// The scores of a network, the one that stands for it first.
  static func all(of loss: OodLoss) -> [OodScore] {
    loss == .ce ? [.softmax, .energy, .mahalanobis] : [.cosine, .difference, .gap, .softmax, .mahalanobis]
  }

  static func main(of loss: OodLoss) -> OodScore { all(of: loss)[0] }
}

/// What makes scores of a trained network's outputs.
package struct OodScoring {
  /// `nil` for cross-entropy.
  let loss: CentreLoss?
  let gaussians: TiedGaussians

  /// - Parameters:
  ///   - outputs: Of the training samples, [sample][output], by which the normal distributions are fitted.
  package init(_ loss: CentreLoss?, outputs: [[Double]], labels: [Int], classes: Int) {
    self.loss = loss
    gaussians = TiedGaussians(outputs, labels: labels, classes: classes)
  }

  package func value(_ score: OodScore, _ outputs: [Double]) -> Double {
    if score == .mahalanobis { return -gaussians.distance(outputs) }
    guard let loss else { return score == .energy ? Softmax.logSum(outputs) : Softmax.probabilities(outputs).max()! }
    let cosines = loss.cosines(outputs), largest = cosines.max()!
    switch score {
    case .difference: return largest - cosines.reduce(0, +) / Double(cosines.count)
    case .gap: return largest - cosines.sorted()[cosines.count - 2]
    case .softmax: return Softmax.probabilities(cosines.map { loss.scale * $0 }).max()!
    default: return largest
    }
  }
}
