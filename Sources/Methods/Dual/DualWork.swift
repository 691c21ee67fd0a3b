import Basics
import Experiments
import Foundation
import Lanes
import Networks
import Pruning
import Tickets
import Training

/// What one seed does.
struct DualWork {
  let settings: DualSettings
  let bench: Bench<Dual.Material>
  private let lab: Lab
  private let draw: VictimDraw

  init(settings: DualSettings, bench: Bench<Dual.Material>) throws {
    (self.settings, self.bench) = (settings, bench)
    let training = bench.material.training
    var search = settings.search
    search.controls = ControlSet([])
    lab = try Lab(
      settings: search, seed: bench.seed, bench: bench.trainer(training.architecture, data: training.data),
      workers: bench.workers)
    draw = try VictimDraw(search, training.architecture.layout)
  }

  private var perEpoch: Int { bench.material.perEpoch }

  // MARK: what stands once

  func trainDense() throws {
    _ = try lab.rewindPoint()
    _ = try lab.trainDense()
  }

  /// Iterative pruning to as many weights as the masks of all levels keep.
  func prune() throws {
    try lab.findTickets(keeping: settings.levels.map { draw.remaining($0) }, rounds: settings.search.rounds)
  }

  /// The dense network after as many steps as the transformation takes, without a penalty.
  func pretrain() throws {
    let steps = settings.phaseSteps(perEpoch: perEpoch) * settings.cycles
    var recipe = growthRecipe
    recipe.steps = .iterations(steps)
    let start = TrainingStart(parameters: lab.initialParameters, mask: lab.fullMask, recipe: recipe)
    _ = try lab.bench.trainKept(Dual.pretrained, from: start) { ticket($0, start) }
  }

  private var growthRecipe: Recipe {
    var recipe = settings.growthRecipe(perEpoch: perEpoch)
    recipe.orderSeed = bench.seed
    return recipe
  }

  // MARK: the arms of a mask

  func train(_ arm: DualArm, _ sparsity: Double) throws {
    let stage = arm.stage(sparsity)
    guard arm != .rst else {
      let grown = try transform(sparsity)
      let start = TrainingStart(parameters: grown.weights, mask: grown.mask, recipe: lab.recipe)
      _ = try lab.bench.trainKept(stage, from: start) { ticket($0, start) }
      return
    }
    try lab.trainBeside(stage, from: start(arm, sparsity), round: 1)
  }

  /// Where a network beside the transformed one starts: at its initial weights under the same mask, unless the arm says otherwise.
  private func start(_ arm: DualArm, _ sparsity: Double) throws -> TrainingStart {
    let mask = try mask(sparsity)
    var start = TrainingStart(parameters: lab.initialParameters, mask: mask, recipe: lab.recipe)
    var context = lab.context(mask, lab.initialParameters, round: 1)
    context.place = "sparsity \(sparsity)"
    switch arm {
    case .rst, .scratch: break
    case .matched:
      let steps = settings.phaseSteps(perEpoch: perEpoch) * settings.cycles + lab.bench.totalSteps(lab.recipe)
      start.recipe = lab.recipe.stretched(to: steps, perEpoch: perEpoch)
    case .denseCut: start.parameters = try kept(Dual.pretrained).trained!
    case .reinit: start = Reinitialised().start("", context)
    case .shuffled:
      start.parameters = try kept(Self.growthStage(sparsity, settings.cycles)).trained!
      start.mask = context.shuffledMask(ShuffledMask.self)
    }
    return start
  }

  private func kept(_ stage: String) throws -> Ticket {
    guard let ticket = lab.bench.store.ticket(stage), ticket.trained != nil else {
      throw lab.bench.store.missing(stage)
    }
    return ticket
  }

  /// The mask of a level. Where victims are picked by size it comes of the transformation.
  private func mask(_ sparsity: Double) throws -> Mask {
    settings.pick == .random
      ? draw.mask(sparsity, seed: bench.seed) : try kept(DualArm.rst.stage(sparsity)).mask
  }

  // MARK: the transformation

  static func growthStage(_ sparsity: Double, _ cycle: Int) -> String { "grow-\(sparsity)-\(cycle)" }
  static func extrusionStage(_ sparsity: Double) -> String { "grow-\(sparsity).extrusion" }

  /// Trains with a growing penalty on what goes, cycle by cycle; what a cycle has extruded is cut and stays away.
  private func transform(_ sparsity: Double) throws -> (weights: Parameters, mask: Mask) {
    var weights = lab.initialParameters, mask = lab.fullMask
    for (i, share) in settings.cumulative(sparsity).enumerated() {
      let next =
        settings.pick == .random
        ? draw.mask(share, seed: bench.seed) : try draw.smallest(share, weights, within: mask)
      let isVictim = zip(mask.keeps, next.keeps).map { $0 && !$1 }
      var start = TrainingStart(parameters: weights, mask: mask, recipe: growthRecipe)
      start.materialisation = settings.penalty(isVictim, perEpoch: perEpoch)
      let watch = ExtrusionWatch(
        store: lab.bench.store, stage: Self.extrusionStage(sparsity), isVictim: isVictim, kept: next,
        before: i * settings.phaseSteps(perEpoch: perEpoch))
      start.watch = { try watch.note($0) }
      weights = try lab.bench.trainKept(Self.growthStage(sparsity, i + 1), from: start) { ticket($0, start) }.parameters
      mask = next
    }
    return (weights, mask)
  }

  private func ticket(_ outcome: TrainingOutcome, _ start: TrainingStart) -> Ticket {
    Ticket(
      architecture: lab.bench.architecture, mask: start.mask, start: start.parameters, startStep: start.step,
      trained: outcome.latent, seed: bench.seed, round: 1, settings: settings.search.findingTexts,
      metrics: outcome.metrics)
  }
}

/// How far what goes has been extruded, at the evaluations of a growth.
struct ExtrusionPoint: Codable, Equatable, Sendable {
  var step: Int
  /// Largest |w| of the victims over the mean |w| of what stays.
  var ratio: Double
}

extension ExtrusionPoint: Sound {
  var isSound: Bool { step >= 0 && ratio >= 0 }
}

private struct ExtrusionWatch: Sendable {
  let store: StageStore
  let stage: String
  let isVictim: [Bool]
  let kept: Mask
  /// Steps of the cycles before.
  let before: Int

  /// Adds a point to those on disk, or takes the place of the same one: training may have gone back to a checkpoint.
  func note(_ run: Run) throws {
    let step = before + run.iteration, known: [ExtrusionPoint] = store.value(stage) ?? []
    let ratio = ratio(run.parameters)
    // Weights that have diverged have none: the evaluation that follows says so.
    guard StoredRange.range(of: "ratio").contains(ratio) else { return }
    try store.keep(known.filter { $0.step < step } + [ExtrusionPoint(step: step, ratio: ratio)], stage)
  }

  private func ratio(_ weights: Parameters) -> Double {
    var largest: Float = 0, sum = 0.0, count = 0
    for i in weights.layout.prunable.flatMap(\.range) {
      let size = abs(weights.values[i])
      if isVictim[i] {
        largest = max(largest, size)
      } else if kept.keeps[i] {
        sum += Double(size)
        count += 1
      }
    }
    return Double(largest) * Double(max(1, count)) / max(sum, .leastNormalMagnitude)
  }
}

/// Which weights of every layer go.
struct VictimDraw {
  /// Tensors that lose weights.
  let entries: [ParameterLayout.Entry]
  private let layout: ParameterLayout

  init(_ search: SearchSettings, _ layout: ParameterLayout) throws {
    let excluded = try search.excludedLayers(layout)
    self.layout = layout
    entries = layout.prunable.filter { !excluded.contains($0.layer) }
  }

  /// Exactly `round(s N)`.
  func count(_ sparsity: Double, of entry: ParameterLayout.Entry) -> Int {
    Int((sparsity * Double(entry.count)).rounded())
  }

  /// Weights that stay, of the tensors that lose some.
  func remaining(_ sparsity: Double) -> Int { entries.reduce(0) { $0 + $1.count - count(sparsity, of: $1) } }

  /// The first of a random order of each tensor go, so that a sparser mask is part of a denser one. Stream:
  /// `dual-victims/TENSOR`.
  func mask(_ sparsity: Double, seed: UInt64) -> Mask {
    var mask = Mask(fullFor: layout)
    for entry in entries {
      var random = RandomStream(seed: seed, "dual-victims/\(entry.name)"), order = Array(entry.range)
      random.shuffle(&order)
      for i in order.prefix(count(sparsity, of: entry)) { mask.keeps[i] = false }
    }
    return mask
  }

  /// Of each tensor the smallest survivors go, of equal ones those of higher index, until the share is gone.
  func smallest(_ sparsity: Double, _ weights: Parameters, within mask: Mask) throws -> Mask {
    let quota = entries.map { entry in
      (entry: entry, remove: max(0, count(sparsity, of: entry) - (entry.count - mask.remaining(in: entry))))
    }
    return try Pruner.prune(mask, scores: weights.values.map(abs), quota: .each(quota))
  }
}
