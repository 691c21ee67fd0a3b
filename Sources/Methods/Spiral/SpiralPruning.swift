import Basics
import Foundation
import Lanes
import Networks
import Training

/// One run of a pruning method with the settings of Zhang & Papyan 2024 (arXiv:2407.04075).
///
/// What differs from their code: counts are exact, ties go to the lower index (theirs lose tied weights), and the gradual
/// schedule ends at its target (theirs overshoots at its last step, by one weight in wide networks).
package struct SpiralPruning {
  let trainer: SpiralTrainer
  let run: SpiralRun
  let width: Int
  /// Weights to keep.
  let weights: Int

  var layout: ParameterLayout { SpiralTrainer.architecture(width: width).layout }
  var full: Mask { Mask(fullFor: layout) }

  func train(_ method: SpiralMethod) throws -> FusedRun {
    switch method {
    case .gradual: try gradual()
    case .iterativeMagnitude: try iterativeMagnitude()
    case .rigl: try rigl()
    case .snip, .iterativeSNIP, .force, .grasp, .synflow, .prospr:
      try atInitialisation(method)
    }
  }

  // MARK: during and after training

  /// n(t) = n + (N - n)(1 - t)^3 weights, t moving in steps of 1/199 every 200th of the training, by global magnitude.
  private func gradual() throws -> FusedRun {
    try Self.checkGradual(steps: trainer.totalSteps)
    let result = try trainer.start(run, mask: full), every = result.totalSteps / 200
    for step in stride(from: every, to: result.totalSteps, by: every) {
      try result.train(until: step)
      let rest = 1 - min(1, Double(step) / Double(199 * every))
      let left = weights + Int(Double(layout.prunableCount - weights) * (rest * rest * rest))
      guard left < result.mask.remaining else { continue }
      try result.change(byMagnitude(left, result))
    }
    try result.train()
    return result
  }

  /// - Throws: `Problem.usage` if a training is too short for gradual pruning.
  static func checkGradual(steps: Int) throws {
    guard steps < 200 else { return }
    throw Problem.usage(
      "The method gradual prunes every 200th of a training, and this one has \(steps) steps.",
      remedy: "Give at least 200 (--set steps=200it), or other methods (--method).")
  }

  private func byMagnitude(_ count: Int, _ run: FusedRun) -> Mask {
    full.keeping(count, of: run.mask, scores: run.parameters.values.map { Double($0.magnitude) })
  }

  /// Weights after each of the rounds: N (n / N)^(c / 4), cut to a whole number, for c = 0 ... 4.
  package static func rounds(from dense: Int, to weights: Int, count: Int = 5) -> [Int] {
    (0..<count).map { c in
      if c == 0 || c == count - 1 { return c == 0 ? dense : weights }
      return Int(Double(dense) * pow(Double(weights) / Double(dense), Double(c) / Double(count - 1)))
    }
  }

  /// Five whole trainings; after each of the first four the smallest weights go and the others start over.
  private func iterativeMagnitude() throws -> FusedRun {
    let result = try trainer.start(run, mask: full), start = result.parameters
    let counts = Self.rounds(from: layout.prunableCount, to: weights)
    let trained = try trainer.denseTrained(run)
    var mask = full.keeping(counts[1], of: full, scores: trained.values.map { Double($0.magnitude) })
    for count in counts.dropFirst(2) {
      try result.rewind(to: start, mask: mask)
      try result.train()
      mask = byMagnitude(count, result)
    }
    try result.rewind(to: start, mask: mask)
    try result.train()
    return result
  }

  // MARK: before training

  /// SNIP and GraSP start from Glorot's normal weights where weights are random.
  private func atInitialisation(_ method: SpiralMethod) throws -> FusedRun {
    var start = trainer.initial(run, layout)
    if [.snip, .grasp].contains(method), trainer.settings.initialisation == .random {
      let normal = Initializer.glorotNormal.parameters(
        for: layout, seed: trainer.settings.seed, stream: "spiral-glorot/\(run.name)")
      for entry in layout.prunable { start.values.replaceSubrange(entry.range, with: normal.values[entry.range]) }
    }
    let scores = try SpiralScores(trainer: trainer, recipe: trainer.recipe(run), start: start, width: width)
    let mask =
      switch method {
      case .snip: scores.snip(weights)
      case .iterativeSNIP: scores.iterativeSNIP(weights)
      case .force: scores.force(weights)
      case .grasp: scores.grasp(weights)
      case .synflow: try scores.synflow(weights)
      default: scores.prospr(weights)
      }
    let result = try FusedRun(
      SpiralTrainer.architecture(width: width), start: start, mask: mask, recipe: trainer.recipe(run),
      batches: trainer.batches, kernels: trainer.kernels)
    try result.train()
    return result
  }
}
