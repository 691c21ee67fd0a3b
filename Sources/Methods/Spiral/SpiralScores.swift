import Foundation
import Lanes
package import Networks
import Pruning
package import Training

/// Masks by scores at initialisation: the criteria's own formulas, with the paper's batches, steps and settings.
///
/// Scores are in double, and all masks have exactly the number of weights asked for. Neither is `Pruner`'s way, which takes
/// single precision and shares of what is left; with it the study's rows would be others.
package struct SpiralScores {
  let trainer: SpiralTrainer
  let recipe: Recipe
  /// Initial weights and biases.
  let start: Parameters
  /// The same in double.
  private let values: [Double]
  private let architecture: Architecture
  private let network: DoubleNetwork

  package init(trainer: SpiralTrainer, recipe: Recipe, start: Parameters, width: Int) throws {
    self.trainer = trainer
    self.recipe = recipe
    self.start = start
    values = start.values.map(Double.init)
    architecture = SpiralTrainer.architecture(width: width)
    network = try DoubleNetwork(architecture)
  }

  private var layout: ParameterLayout { start.layout }
  private var full: Mask { Mask(fullFor: layout) }

  /// The points of a batch, counted from the first epoch on.
  package func batch(_ number: Int) -> DoubleBatch {
    let order = trainer.batches.order(epoch: number / trainer.batches.stepsPerEpoch)
    let first = number % trainer.batches.stepsPerEpoch * recipe.batch
    return points(order[first..<first + recipe.batch])
  }

  private func points(_ indices: some Sequence<Int32>) -> DoubleBatch {
    let samples = indices.map { trainer.batches.sample(Int($0)) }
    return DoubleBatch(inputs: samples.map { $0.values.map(Double.init) }, labels: samples.map(\.label))
  }

  private func curvature(_ batch: DoubleBatch, temperature: Double = 1) -> Curvature {
    Curvature(network, .binaryCrossEntropy, temperature: temperature, keeps: full.keeps, batch: batch)
  }

  /// Biases stay: scores are of weights alone.
  private func masked(_ mask: Mask) -> [Double] {
    var result = values
    for entry in layout.prunable { for i in entry.range where !mask.keeps[i] { result[i] = 0 } }
    return result
  }

  private func sensitivity(_ gradient: [Double], _ weights: [Double]) -> [Double] {
    zip(gradient, weights).map { ($0 * $1).magnitude }
  }

  /// |g w| of one batch.
  package func snip(_ count: Int) -> Mask {
    full.keeping(count, of: full, scores: sensitivity(curvature(batch(0)).gradient(at: values), values))
  }

  /// Weights left after step k of `steps`: N (n / N)^(k / steps), and n at the end.
  private func ladder(_ count: Int, steps: Int) -> [Int] {
    let dense = Double(layout.prunableCount), rate = Deterministic.log(Double(count) / dense)
    return (1...steps).map { k in
      k == steps ? count : max(count, Int(dense * Deterministic.exponential(rate * Double(k) / Double(steps))))
    }
  }

  /// SNIP in ten steps, a batch each; what is pruned stays so.
  package func iterativeSNIP(_ count: Int) -> Mask {
    ladder(count, steps: 10).enumerated().reduce(full) { mask, step in
      let weights = masked(mask), gradient = curvature(batch(step.offset)).gradient(at: weights)
      return full.keeping(step.element, of: mask, scores: sensitivity(gradient, weights))
    }
  }

  /// The same with the gradient of the pruned network at the original weights of all: pruned ones may come back.
  package func force(_ count: Int) -> Mask {
    ladder(count, steps: 10).enumerated().reduce(full) { mask, step in
      let gradient = curvature(batch(step.offset)).gradient(at: masked(mask))
      return full.keeping(step.element, of: full, scores: sensitivity(gradient, values))
    }
  }

  /// Keeps the largest w (H g), with outputs divided by 200 and 25 points of each class.
  package func grasp(_ count: Int) -> Mask {
    let order = trainer.batches.order(epoch: 0)
    let halves = [0, 1].map { label in
      points(order.lazy.filter { trainer.batches.sample(Int($0)).label == label }.prefix(25))
    }
    let flow = GraSP.flow(halves.map { curvature($0, temperature: GraSP.temperature) }, at: values, of: layout)
    return full.keeping(count, of: full, scores: flow)
  }

  /// Synaptic flow in a hundred steps; biases flow as well.
  package func synflow(_ count: Int) throws -> Mask {
    var mask = full
    for left in ladder(count, steps: 100) where left < mask.remaining {
      mask = full.keeping(left, of: mask, scores: try SynFlow.flow(architecture, start, mask, countsBiases: true))
    }
    return mask
  }

  /// The gradient through three steps of the recipe, a batch each and one for the loss.
  package func prospr(_ count: Int) -> Mask {
    let steps = (0..<3).map { curvature(batch($0)) }
    let gradient = ProsPr.metaGradient(
      steps, loss: curvature(batch(3)), rate: recipe.learningRate, momentum: recipe.momentum, from: values)
    return full.keeping(count, of: full, scores: sensitivity(gradient, values))
  }
}
