import Lanes

/// Weights that are frozen, with a trained score for each: the network computes with those of the largest |score|.
///
/// Straight-through, whatever the kept weights become: ds = sign(s) w dL/dweight, for kept and dropped weights alike.
public protocol ScoredWeights: Materialisation {
  var frozen: Parameters { get }
  var selection: ScoreSelection { get }
  /// Whether batch norm's scale and shift are trained too.
  var learnsNorm: Bool { get }
  /// Fills a tensor's weights from its frozen values.
  func fill(
    _ scores: UnsafeBufferPointer<Float>, _ weights: UnsafeMutableBufferPointer<Float>, of entry: ParameterLayout.Entry,
    _ frozen: UnsafePointer<Float>, _ threshold: inout ScoreThreshold)
}

extension ScoredWeights {
  public func isTrained(_ entry: ParameterLayout.Entry) -> Bool {
    entry.isPrunable || learnsNorm && entry.shape.isNorm
  }

  public func materialiser(for layout: ParameterLayout) -> any Materialiser { ScoreMaterialiser(self) }

  /// The weights that a network computes with if the mask is what scores have chosen; all else is as it is frozen.
  public func weights(keeping mask: Mask) -> Parameters {
    var result = frozen
    for entry in mask.layout.prunable {
      let scores = mask.keeps[entry.range].map { $0 ? Float(1) : 0 }
      var threshold = ScoreThreshold(), filled = [Float](repeating: 0, count: entry.count)
      scores.withUnsafeBufferPointer { scores in
        threshold.find([(scores.baseAddress!, entry.count)], removing: entry.count - mask.remaining(in: entry))
        frozen.values.withUnsafeBufferPointer { values in
          filled.withUnsafeMutableBufferPointer {
            fill(scores, $0, of: entry, values.baseAddress! + entry.offset, &threshold)
          }
        }
      }
      result.values.replaceSubrange(entry.range, with: filled)
    }
    return result
  }
}

/// Edge-popup (Ramanujan et al. 2020, arXiv:1911.13299): the kept weights are used as they are.
public struct MaskedScores: ScoredWeights {
  public let frozen: Parameters
  public let selection: ScoreSelection
  public let learnsNorm: Bool

  public init(frozen: Parameters, selection: ScoreSelection, learnsNorm: Bool = false) {
    (self.frozen, self.selection, self.learnsNorm) = (frozen, selection, learnsNorm)
  }

  public func fill(
    _ scores: UnsafeBufferPointer<Float>, _ weights: UnsafeMutableBufferPointer<Float>, of entry: ParameterLayout.Entry,
    _ frozen: UnsafePointer<Float>, _ threshold: inout ScoreThreshold
  ) {
    for i in scores.indices { weights[i] = threshold.keeps(scores[i]) ? frozen[i] : 0 }
  }
}

private final class ScoreMaterialiser<Scores: ScoredWeights>: Materialiser {
  private let scores: Scores
  private let selector: ScoreSelector
  /// At one address for all steps.
  private let frozen: UnsafeMutableBufferPointer<Float>

  init(_ scores: Scores) {
    self.scores = scores
    selector = ScoreSelector(scores.selection)
    frozen = .allocate(capacity: scores.frozen.values.count)
    _ = frozen.initialize(from: scores.frozen.values)
  }

  deinit { frozen.deallocate() }

  private func values(_ tensor: LatentTensors.Tensor) -> UnsafePointer<Float> {
    UnsafePointer(frozen.baseAddress! + tensor.entry.offset)
  }

  func materialise(_ tensors: LatentTensors, step: Int, on pool: ThreadPool) {
    selector.select(tensors, step: step) { tensor, threshold in
      scores.fill(
        UnsafeBufferPointer(start: tensor.latent, count: tensor.count),
        UnsafeMutableBufferPointer(start: tensor.weights, count: tensor.count), of: tensor.entry, values(tensor),
        &threshold)
    }
    for tensor in tensors.others where tensor.entry.isTrained { tensor.copy() }
  }

  func pullBack(_ tensors: LatentTensors, on pool: ThreadPool) {
    for tensor in tensors.prunable {
      let values = values(tensor)
      for i in 0..<tensor.count {
        let flow = values[i] * tensor.weightGradient[i]
        tensor.latentGradient[i] = tensor.latent[i] < 0 ? -flow : flow
      }
    }
    for tensor in tensors.others where tensor.entry.isTrained { tensor.copyGradient() }
  }
}

extension ParameterShape {
  /// Whether it is batch norm's scale or shift.
  public var isNorm: Bool { role == .scale || role == .shift }
}
