import Foundation
import Lanes
package import Networks
package import Training

/// Masks by scores at initialisation. Scores and passes are in double; all give exactly the number of weights asked for.
package struct SpiralScores {
  let trainer: SpiralTrainer
  let recipe: Recipe
  /// Initial weights and biases.
  let start: Parameters
  /// The same in double.
  private let values: [Double]

  package init(trainer: SpiralTrainer, recipe: Recipe, start: Parameters) {
    self.trainer = trainer
    self.recipe = recipe
    self.start = start
    values = start.values.map(Double.init)
  }

  private var layout: ParameterLayout { start.layout }
  private var full: Mask { Mask(fullFor: layout) }
  private var network: DoubleChain { DoubleChain(layout) }

  /// The points of a batch, counted from the first epoch on.
  package func batch(_ number: Int) -> DoubleChain.Points {
    let order = trainer.batches.order(epoch: number / trainer.batches.stepsPerEpoch)
    let first = number % trainer.batches.stepsPerEpoch * recipe.batch
    return points(Array(order[first..<first + recipe.batch]))
  }

  private func points(_ indices: [Int32]) -> DoubleChain.Points {
    let samples = indices.map { trainer.batches.sample(Int($0)) }
    return DoubleChain.Points(
      inputs: (0..<2).map { feature in samples.map { Double($0.values[feature]) } },
      targets: samples.map { Double($0.label) })
  }

  /// Biases stay: scores are of weights alone.
  private func masked(_ values: [Double], _ mask: Mask) -> [Double] {
    var result = values
    for entry in layout.prunable { for i in entry.range where !mask.keeps[i] { result[i] = 0 } }
    return result
  }

  /// |g w| of one batch.
  package func snip(_ count: Int) -> Mask {
    let gradient = network.gradient(values, batch(0))
    return full.keeping(count, of: full, scores: zip(gradient, values).map { abs($0 * $1) })
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
    var mask = full
    for (k, left) in ladder(count, steps: 10).enumerated() {
      let current = masked(values, mask), gradient = network.gradient(current, batch(k))
      mask = full.keeping(left, of: mask, scores: zip(gradient, current).map { abs($0 * $1) })
    }
    return mask
  }

  /// The same with the gradient of the pruned network at the original weights of all: pruned ones may come back.
  package func force(_ count: Int) -> Mask {
    var mask = full
    for (k, left) in ladder(count, steps: 10).enumerated() {
      let gradient = network.gradient(masked(values, mask), batch(k))
      mask = full.keeping(left, of: full, scores: zip(gradient, values).map { abs($0 * $1) })
    }
    return mask
  }

  /// Keeps the largest w (H g), with outputs divided by 200 and 25 points of each class.
  package func grasp(_ count: Int) -> Mask {
    let order = trainer.batches.order(epoch: 0)
    let chosen = [0, 1].map { label in order.lazy.filter { trainer.batches.sample(Int($0)).label == label }.prefix(25) }
    let halves = chosen.map { points(Array($0)) }, isWeight = Mask(fullFor: layout).weightsAlone
    let gradients = halves.map { network.gradient(values, $0, temperature: 200) }
    let direction = zip(zip(gradients[0], gradients[1]), isWeight).map { $1 ? $0.0 + $0.1 : 0 }
    let products = halves.map { network.hessianProduct(values, direction, $0, temperature: 200) }
    let scores = values.indices.map { values[$0] * (products[0][$0] + products[1][$0]) }
    return full.keeping(count, of: full, scores: scores)
  }

  /// |w dR/dw| for R the output of the network of absolute values at an input of ones, in a hundred steps.
  package func synflow(_ count: Int) -> Mask {
    var mask = full
    let positive = values.map(abs), ones = DoubleChain.Points(inputs: [[1], [1]], targets: [0])
    for left in ladder(count, steps: 100) where left < mask.remaining {
      let current = masked(positive, mask), gradient = network.outputGradient(current, ones)
      mask = full.keeping(left, of: mask, scores: zip(gradient, current).map { abs($0 * $1) })
    }
    return mask
  }

  /// The gradient of a batch's loss after three steps of SGD with momentum on batches before it, with respect to a factor
  /// on every weight, by going back through the steps.
  package func prospr(_ count: Int) -> Mask {
    let steps = 3, rate = recipe.learningRate, momentum = recipe.momentum
    var points = [values], velocity = [Double](repeating: 0, count: values.count)
    for k in 0..<steps {
      let gradient = network.gradient(points[k], batch(k))
      for i in velocity.indices { velocity[i] = momentum * velocity[i] + gradient[i] }
      points.append(zip(points[k], velocity).map { $0 - rate * $1 })
    }
    var adjoint = network.gradient(points[steps], batch(steps))
    var velocityAdjoint = [Double](repeating: 0, count: values.count)
    for k in stride(from: steps - 1, through: 0, by: -1) {
      for i in adjoint.indices { velocityAdjoint[i] -= rate * adjoint[i] }
      let product = network.hessianProduct(points[k], velocityAdjoint, batch(k))
      for i in adjoint.indices {
        adjoint[i] += product[i]
        velocityAdjoint[i] *= momentum
      }
    }
    return full.keeping(count, of: full, scores: zip(adjoint, values).map { abs($0 * $1) })
  }
}

extension Mask {
  /// Which parameters are weights.
  fileprivate var weightsAlone: [Bool] {
    var result = [Bool](repeating: false, count: keeps.count)
    for entry in layout.prunable { for i in entry.range { result[i] = true } }
    return result
  }
}
