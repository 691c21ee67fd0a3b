import Basics
import Datasets
import Lanes
import Networks

/// The attack inside an adversarial training: kernel calls that perturb the batch, and what they keep.
final class Adversary {
  let perturbation: Perturbation
  private let objective: any TrainingObjective
  private let stream: RandomStream
  /// What precedes the gradients of the weights: the attack of each part of training.
  private let stages: [Stage]
  private var stage = 0
  /// Puts a new batch under the perturbation of the one before, where that lives on.
  private let nextBatch: Program
  private let loadBatch: Program

  init(_ plan: Plan, _ recipe: Recipe, _ data: TrainingData) {
    let p = plan.perturbation(data.train.source, data.pixelScale), scale = data.pixelScale
    perturbation = p
    objective = recipe.objective.rule
    stream = RandomStream(seed: recipe.orderSeed, "attack/train/step ")
    func calls() -> StepCalls { StepCalls(Emitter(plan), recipe, data.train, p) }
    let load = calls(), next = calls()
    load.loadClean()
    next.emit.program.keepPerturbation(p)
    next.loadClean()
    next.emit.start(p, .carried)
    (loadBatch, nextBatch) = (load.emit.program, next.emit.program)
    let total = recipe.steps.iterations(perEpoch: recipe.stepsPerEpoch(samples: data.train.count))
    stages = objective.stages.map { stage in
      let attack = calls()
      stage.rule.emitAttack(attack)
      return Stage(
        end: stage.end(of: total), program: attack.emit.program,
        stepSize: scale.stored(recipe.attackStepLength(scale, in: stage)))
    }
    let epsilon = scale.length(recipe.epsilon)
    p.radius.fill(scale.stored(epsilon))
    p.stepSize.fill(stages[0].stepSize)
    p.startRadius.fill(scale.stored(objective.startRadius(epsilon, scale)))
  }

  /// Perturbs the samples that are chosen for optimiser step number `iteration`.
  func attack(iteration: Int, on pool: ThreadPool) { attack(iteration, on: pool) { $0.run(on: pool) } }

  /// The same, with the time of each kernel call of the attack.
  func timeAttack(iteration: Int, on pool: ThreadPool) -> [KernelTime] {
    attack(iteration, on: pool) { $0.time(on: pool) }.map {
      var time = $0
      time.label = "attack \($0.label)"
      return time
    }
  }

  private func attack<Result>(_ iteration: Int, on pool: ThreadPool, _ run: (Program) -> Result) -> Result {
    perturbation.use(stream.numbered(iteration))
    if let next = stages.firstIndex(where: { iteration < $0.end }), next != stage {
      stage = next
      perturbation.stepSize.fill(stages[next].stepSize)
    }
    defer { if objective.keepsPixels && iteration % objective.replays == 0 { nextBatch.run(on: pool) } }
    return run(stages[stage].program)
  }

  private struct Stage {
    /// The optimiser step that the next stage begins with.
    let end: Int
    let program: Program
    let stepSize: Float
  }

  // MARK: checkpoints

  /// The perturbed pixels that the next step starts from, [sample][pixel] as stored; empty where every step starts anew.
  var pixels: [Float] {
    guard objective.keepsPixels else { return [] }
    return lanes.map { perturbation.pixels.pointer[perturbation.layout.origin + $0] }
  }

  /// Goes on from kept pixels; the samples of the batch that they belong to are chosen. No pixels: from no perturbation.
  func restore(_ pixels: [Float], on pool: ThreadPool) {
    perturbation.clean.fill(0)
    perturbation.pixels.fill(0)
    guard objective.keepsPixels, !pixels.isEmpty else { return }
    precondition(pixels.count == lanes.count, "\(pixels.count) pixels for a batch of \(lanes.count)")
    loadBatch.run(on: pool)
    for (offset, value) in zip(lanes, pixels) { perturbation.pixels[perturbation.layout.origin + offset] = value }
  }

  /// Where the pixels of all samples are, sample by sample.
  private var lanes: [Int] {
    let layout = perturbation.layout
    var offsets: [Int] = []
    for sample in 0..<layout.lanes { layout.eachPixel(of: sample) { offsets.append($1) } }
    return offsets
  }
}
