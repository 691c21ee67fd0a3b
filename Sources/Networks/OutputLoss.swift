/// What the parts of a network's flat output are compared with: numbers of each sample, one an output. The loss of detectors.
///
/// A sample's loss is the sum of its terms, each times its weight; a batch's is the mean over its samples.
public struct OutputLoss: Equatable, Sendable, Codable {
  /// How predicted boxes are compared with true ones.
  public enum BoxLoss: String, CaseIterable, Codable, Sendable {
    /// 1 - intersection over union, which counts as at least 1e-6.
    case iou
    /// The mean distance of the four sides.
    case l1
  }

  /// A part of the output: `channels` maps of `places` numbers each, channel by channel.
  public struct Term: Equatable, Sendable, Codable {
    public enum Kind: Equatable, Sendable, Codable {
      /// Logits z against targets t from 0 to 1; a negative target does not count. Binary cross-entropy times |sigmoid(z) - t|^focus
      /// (Lin et al. 2017, equation 4, for soft targets: Li et al. 2020, equation 5), summed, by the number of targets that are 1, at
      /// least 1. `focus` is 0 or 2.
      case presence(focus: Int)
      /// Softmax cross-entropy of a place's channels with targets that are 1 for one of them, at places whose target in the term
      /// numbered `at` is 1 in its first channel; the mean over those places.
      case classes(at: Int)
      /// Four channels: softplus(z) is the distance from the place to the left, upper, right and lower side, targets are true
      /// distances; at places and as mean like `classes`.
      case boxes(at: Int, BoxLoss)
      /// Logits against 0 and 1: the mean of binary cross-entropy over all, and the mean over channels with a target above 0.5 of
      /// 1 - (2 sum(p t) + 1) / (sum(p) + sum(t) + 1) (Milletari et al. 2016, with squares left out), p = sigmoid(z), which counts `dice` times.
      case masks(dice: Float)
    }

    public var kind: Kind
    /// The first output.
    public var first: Int
    public var channels: Int
    public var places: Int
    public var weight: Float

    public init(_ kind: Kind, first: Int, channels: Int, places: Int, weight: Float = 1) {
      (self.kind, self.first, self.channels, self.places, self.weight) = (kind, first, channels, places, weight)
    }

    public var range: Range<Int> { first..<first + channels * places }
  }

  public var terms: [Term]

  public init(terms: [Term]) { self.terms = terms }

  /// What is wrong with the terms of a network with so many outputs, or `nil`.
  public func fault(outputs: Int) -> String? {
    var seen = Set<Int>()
    for (i, term) in terms.enumerated() {
      guard term.channels > 0, term.places > 0, term.first >= 0, term.range.upperBound <= outputs else {
        return "term \(i) speaks of outputs \(term.range) of \(outputs)"
      }
      guard seen.isDisjoint(with: term.range) else { return "two terms speak of outputs \(term.range)" }
      seen.formUnion(term.range)
      switch term.kind {
      case .presence(let focus) where focus != 0 && focus != 2: return "term \(i) has the focus \(focus)"
      case .boxes where term.channels != 4: return "term \(i) has \(term.channels) sides of a box"
      case .classes(let at), .boxes(let at, _):
        guard terms.indices.contains(at), terms[at].places == term.places else {
          return "term \(i) looks at term \(at), which has other places"
        }
      default: break
      }
    }
    return nil
  }

  /// Outputs that the terms speak of: targets of a sample.
  public var count: Int { terms.map(\.range.upperBound).max() ?? 0 }
}
