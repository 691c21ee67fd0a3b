import Foundation
public import Lanes
public import Networks
import Training

/// A folded network beside the network that it came from, on all test samples.
public struct FoldingCheck: Sendable {
  public let samples: Int
  /// The largest distance between outputs, and the largest size of an output.
  public let largestDifference, largestOutput: Float
  /// Samples whose predicted class is another.
  public let changedPredictions: Int
  public let accuracyBefore, accuracyAfter: Double

  /// - Parameter parameters: What the folded network computes with, if other than its own.
  public init(
    _ folded: FoldedNetwork, _ network: ExportedNetwork, parameters: Parameters? = nil,
    pool: ThreadPool = ThreadPool(threads: 1)
  ) {
    var recipe = Recipe()
    recipe.batch = min(64, network.samples.test.count)
    func outputs(_ architecture: Architecture, _ parameters: Parameters, _ mask: Mask) -> (Score, [[Float]]) {
      let run = Run(
        architecture, start: parameters, mask: mask, recipe: recipe, data: network.samples, pool: pool)
      return run.outputs(.test)
    }
    let before = outputs(network.architecture, network.parameters, network.mask)
    let after = outputs(folded.architecture, parameters ?? folded.parameters, folded.mask)
    samples = before.1.count
    largestDifference = zip(before.1, after.1).reduce(0) { largest, pair in
      zip(pair.0, pair.1).reduce(largest) { max($0, abs($1.0 - $1.1)) }
    }
    largestOutput = before.1.reduce(0) { $1.reduce($0) { max($0, abs($1)) } }
    changedPredictions = zip(before.1, after.1).count { $0.firstOfLargest != $1.firstOfLargest }
    (accuracyBefore, accuracyAfter) = (before.0.accuracy, after.0.accuracy)
  }

  func text(weights: String) -> String {
    String(
      format:
        "test accuracy %.2f %% with %@ weights, %.2f %% as trained; largest difference of outputs %.2g (outputs up to %.3g), %d of %d predictions differ",
      100 * accuracyAfter, weights, 100 * accuracyBefore, largestDifference, largestOutput, changedPredictions, samples)
  }
}

extension FoldedNetwork {
  /// What folding took away.
  var text: String {
    "folded: \(foldedNorms) batch norms, \(removedUnits) units and \(removedWeights) weights removed; "
      + "\(mask.remaining) weights left"
  }
}

extension [Float] {
  /// The place of the first of the largest.
  public var firstOfLargest: Int { indices.max { self[$0] < self[$1] || (self[$0] == self[$1] && $0 > $1) } ?? 0 }
}
