import Lanes
import Networks

/// Accuracy under attack on a fixed part of the validation split: one step of epsilon (FGSM) and twenty of epsilon / 4
/// (PGD-20), both from the samples as they are. Stream: `robust-samples`, of the split seed.
///
/// Both together tell catastrophic overfitting (Wong et al. 2020, arXiv:2001.03994): FGSM accuracy is high, PGD accuracy
/// falls to nothing.
final class RobustEvaluation {
  static let steps = 20
  private let plan: Plan
  private let perturbation: Perturbation
  private let begin, once, often, score: Program
  private let samples: SampleStore
  private let count: Int
  private let batch: Int
  private let radius: Float
  let order: [Int32]

  init(_ plan: Plan, _ recipe: Recipe, _ data: TrainingData) {
    self.plan = plan
    samples = data.validation
    order = samples.places(recipe.robustSamples, seed: data.splitSeed, "robust-samples")
    (count, batch) = (order.count, recipe.batch)
    radius = data.pixelScale.stored(data.pixelScale.length(recipe.epsilon))
    let p = plan.perturbation(data.validation.source, data.pixelScale)
    perturbation = p
    p.radius.fill(radius)
    let begin = Emitter(plan), once = Emitter(plan), often = Emitter(plan), score = Emitter(plan).attacking
    begin.loadClean(data.validation.source, p)
    begin.resetToClean(p)
    begin.show(p)
    once.attack(p, steps: 1, raising: .crossEntropy, labels: data.validation.labels)
    often.attack(p, steps: Self.steps, raising: .crossEntropy, labels: data.validation.labels)
    score.forward()
    score.attackLoss(.crossEntropy, p, labels: data.validation.labels, needsGradient: false)
    (self.begin, self.once, self.often, self.score) = (begin.program, once.program, often.program, score.program)
  }

  /// Shares of samples that stay right.
  func accuracies(on pool: ThreadPool) -> (fgsm: Double, pgd: Double) {
    (accuracy(once, length: radius, pool), accuracy(often, length: radius / 4, pool))
  }

  private func accuracy(_ attack: Program, length: Float, _ pool: ThreadPool) -> Double {
    var right = 0
    perturbation.stepSize.fill(length)
    for first in stride(from: 0, to: count, by: batch) {
      let samples = min(batch, count - first)
      order.withUnsafeBufferPointer { plan.step.select($0, first: first, count: samples) }
      begin.run(on: pool)
      attack.run(on: pool)
      score.run(on: pool)
      right += (0..<samples).count { perturbation.isRight($0) }
    }
    return Double(right) / Double(count)
  }
}
