import Basics
import Lanes
public import Networks

/// Removes exactly as many weights as a quota says, lowest scores first.
public enum Pruner {
  /// The mask without the lowest-scored survivors. Of equal scores the weight of lower index survives.
  ///
  /// - Parameter allowsEmptyLayers: Whether a layer may lose its last weight.
  /// - Throws: `Problem.Kind.failed` if a survivor's score is not finite, or a layer would lose its last weight.
  public static func prune(
    _ mask: Mask, scores: [Float], quota: Quota, structure: Structure = .weights, allowsEmptyLayers: Bool = false
  ) throws -> Mask {
    precondition(scores.count == mask.layout.count, "\(scores.count) scores for \(mask.layout.count) parameters")
    var result = mask
    do {
      try structure.remove(quota, scores, &result)
    } catch let problem {
      throw Problem(
        .failed, "The score of weight \(problem.index) is \(problem.score).",
        remedy: "Training probably diverged; lower the learning rate.")
    }
    if let entry = result.emptiedLayers(since: mask).first, !allowsEmptyLayers {
      throw Problem(
        .failed, "Layer \(entry.layer) would lose its last weights at density \(percent(result.density)).",
        remedy: """
          Prune less, spare the layer where the command has a setting for that (exclude=\(entry.layer), or scope), or prune \
          each layer alike (allocation=layerwise).
          """)
    }
    return result
  }

  /// The mask that keeps the largest weights.
  ///
  /// - Parameters:
  ///   - entries: The tensors that lose weights; all prunable ones if `nil`.
  ///   - fraction: Share of these tensors' weights that goes.
  public static func magnitude(
    _ weights: Parameters, of entries: [ParameterLayout.Entry]? = nil, by fraction: Double,
    allocation: any Allocation
  ) throws -> Mask {
    let full = Mask(fullFor: weights.layout)
    let quota = try allocation.quota(
      AllocationRequest(mask: full, fraction: fraction, entries: entries ?? weights.layout.prunable))
    return try prune(full, scores: weights.values.map(\.magnitude), quota: quota)
  }

  private static func percent(_ density: Double) -> String { "\((density * 1e4).rounded() / 100) %" }

  /// The mask after a criterion's passes.
  ///
  /// After pass k of n the share (1 - f)^(k/n) of the survivors is left, so that the last leaves what one pass would; counts
  /// are those of the allocation at every pass. What a pass removed stays away unless the criterion regrows.
  ///
  /// - Parameter passes: Instead of the criterion's own number.
  public static func prune(
    _ request: AllocationRequest, by criterion: any Criterion, _ allocation: any Allocation,
    context: ScoringContext, structure: Structure = .weights, passes: Int? = nil, allowsEmptyLayers: Bool = false
  ) throws -> Mask {
    let passes = max(1, passes ?? criterion.passes)
    var mask = request.mask, context = context
    for pass in 1...passes {
      var step = request
      step.fraction =
        pass == passes ? request.fraction : 1 - Deterministic.power(1 - request.fraction, Double(pass) / Double(passes))
      context.mask = mask
      context.pass = (context.round - 1) * passes + pass - 1
      var scores = try criterion.scores(context)
      if !criterion.regrows {
        for i in scores.indices where request.mask.keeps[i] && !mask.keeps[i] { scores[i] = OrderKey.lowest }
      }
      context.log?.finish(scores)
      mask = try prune(
        request.mask, scores: scores, quota: try allocation.quota(step), structure: structure,
        allowsEmptyLayers: allowsEmptyLayers || pass < passes)
    }
    return mask
  }
}

extension Mask {
  /// The prunable tensors that have weights in `before` and none here.
  public func emptiedLayers(since before: Mask) -> [ParameterLayout.Entry] {
    layout.prunable.filter { before.remaining(in: $0) > 0 && remaining(in: $0) == 0 }
  }
}
