import Basics
import Datasets
import Lanes
import Networks

/// The attack inside an adversarial training: kernel calls that perturb the batch, and what they keep.
final class Adversary {
  let perturbation: Perturbation
  private let recipe: Recipe
  private var isMoved: Bool { recipe.augmentation.isActive }
  private let samples: SampleStore
  private let stream: RandomStream
  /// What precedes the gradients of the weights: the attack.
  private let attackProgram: Program
  /// Puts a new batch under the perturbation of the one before; for `free`, whose perturbation lives on.
  private let nextBatch: Program
  private let loadBatch: Program
  /// Gradients of the perturbed samples, until those of the samples themselves are added; for TRADES.
  private let saved: FloatBuffer

  init(_ plan: Plan, _ recipe: Recipe, _ data: TrainingData) {
    perturbation = plan.perturbation(data.train.source, data.pixelScale)
    self.recipe = recipe
    samples = data.train
    stream = RandomStream(seed: recipe.orderSeed, "attack/train/step ")
    let load = Emitter(plan), next = Emitter(plan)
    load.loadClean(data.train.source, perturbation, isMoved: recipe.augmentation.isActive)
    next.program.keepPerturbation(perturbation)
    next.loadClean(data.train.source, perturbation, isMoved: recipe.augmentation.isActive)
    next.start(perturbation, .carried)
    (loadBatch, nextBatch) = (load.program, next.program)
    let attack = Emitter(plan)
    attackProgram = attack.program
    let scale = data.pixelScale
    saved = FloatBuffer(count: recipe.objective.hasTwoPasses ? plan.trainedCount : 0)
    perturbation.radius.fill(scale.stored(recipe.epsilon.value))
    perturbation.stepSize.fill(scale.stored(recipe.attackStepLength))
    perturbation.startRadius.fill(scale.stored(recipe.objective.hasTwoPasses ? 0.001 : recipe.epsilon.value))
    emitAttack(attack)
  }

  /// Perturbs the samples that are chosen for optimiser step number `iteration`.
  func attack(iteration: Int, on pool: ThreadPool) {
    perturbation.use(stream.numbered(iteration))
    attackProgram.run(on: pool)
    if case .free(let replays) = recipe.objective, iteration % replays == 0 { nextBatch.run(on: pool) }
  }

  private func emitAttack(_ emit: Emitter) {
    let p = perturbation
    switch recipe.objective {
    case .natural: preconditionFailure("natural training needs no adversary")
    case .fgsm, .pgd:
      emit.loadClean(samples.source, p, isMoved: isMoved)
      if recipe.randomStart {
        emit.start(p, .uniform)
      } else {
        emit.resetToClean(p)
        emit.show(p)
      }
      emitSteps(emit, .crossEntropy)
    case .trades:
      emit.loadClean(samples.source, p, isMoved: isMoved)
      emit.batch(samples.source, isMoved: isMoved)
      emit.attacking.forward()
      emit.keepOutputs(p, labels: samples.labels)
      emit.start(p, .normal)
      emitSteps(emit, .divergence)
    case .free: break
    }
  }

  /// Whether gradients are put together from several passes before the step that they make.
  var keepsGradients: Bool { recipe.objective.hasTwoPasses }

  /// Appends what makes gradients of the weights from the samples and their perturbed pixels.
  func emitGradients(_ emit: Emitter) {
    switch recipe.objective {
    case .trades(let beta): emitTrades(emit, beta: Float(beta))
    case .free: emitReplay(emit)
    case .natural, .fgsm, .pgd:
      // The last step of the attack has left the perturbed samples in the network's input.
      emitLoss(emit)
      emit.backward()
    }
  }

  private func emitSteps(_ emit: Emitter, _ loss: AttackLoss) {
    for _ in 0..<recipe.objective.attackSteps {
      let attack = emit.attacking
      attack.forward()
      attack.attackLoss(loss, perturbation, labels: samples.labels, needsGradient: true)
      attack.backward()
      attack.step(perturbation, .sign, .maximum)
    }
  }

  private func emitLoss(_ emit: Emitter) {
    emit.forward()
    emit.loss(recipe.loss, labels: samples.labels, needsGradient: true)
  }

  /// The gradient of the divergence flows through both outputs. The samples themselves pass twice: their outputs are needed
  /// before those of the perturbed ones can be compared, and their activations after; the second time leaves the running
  /// statistics as they are.
  private func emitTrades(_ emit: Emitter, beta: Float) {
    let p = perturbation, labels = samples.labels
    emit.batch(samples.source, isMoved: isMoved)
    emit.forward()
    emit.keepOutputs(p, labels: labels)
    emit.show(p)
    emit.forward()
    emit.divergenceGradient(p, byFirst: false, weight: beta, labels: labels)
    emit.keepOutputs(p, labels: labels)
    emit.backward()
    emit.saveGradients(in: saved)
    emit.batch(samples.source, isMoved: isMoved)
    let again = emit.during(.measuring)
    emitLoss(again)
    again.divergenceGradient(p, byFirst: true, weight: beta, labels: labels)
    again.backward()
    emit.addGradients(saved)
  }

  private func emitReplay(_ emit: Emitter) {
    let attack = emit.attackingInTraining
    emit.show(perturbation)
    emitLoss(attack)
    attack.backward()
    attack.step(perturbation, .sign, .maximum)
  }

  // MARK: checkpoints

  /// The perturbed pixels that the next step starts from, [sample][pixel] as stored; empty where every step starts anew.
  var pixels: [Float] {
    guard case .free = recipe.objective else { return [] }
    return lanes.map { perturbation.pixels.pointer[perturbation.layout.origin + $0] }
  }

  /// Goes on from kept pixels; the samples of the batch that they belong to are chosen. No pixels: from no perturbation.
  func restore(_ pixels: [Float], on pool: ThreadPool) {
    perturbation.clean.fill(0)
    perturbation.pixels.fill(0)
    guard case .free = recipe.objective, !pixels.isEmpty else { return }
    precondition(pixels.count == lanes.count, "\(pixels.count) pixels for a batch of \(lanes.count)")
    loadBatch.run(on: pool)
    for (offset, value) in zip(lanes, pixels) { perturbation.pixels[perturbation.layout.origin + offset] = value }
  }

  private var lanes: [Int] {
    let layout = perturbation.layout
    return (0..<layout.lanes).flatMap { sample in
      (0..<layout.pixelsPerSample).map { i in
        layout.offset(
          sample: sample, channel: i / (layout.height * layout.width), row: i / layout.width % layout.height,
          column: i % layout.width)
      }
    }
  }
}
