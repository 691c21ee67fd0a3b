import Basics
import Experiments
import Foundation
import Lanes
import Networks
import Tickets
import Training

/// Errors along the line between two trained copies, as kept on disk.
struct PathRecord: Codable, Equatable, Sendable {
  /// SHA-256 of the weights at both ends.
  var ends: [String]
  var statisticsBatches: Int
  var trainSamples: Int
  /// From 0 to 1.
  var positions: [Double]
  var testError: [Double]
  var trainError: [Double]

  var testInstability: Double { Self.instability(testError) }
  var trainInstability: Double { Self.instability(trainError) }

  private static func instability(_ errors: [Double]) -> Double { errors.max()! - endError(errors) }
  static func endError(_ errors: [Double]) -> Double { (errors.first! + errors.last!) / 2 }
}

extension PathRecord: Sound {
  var isSound: Bool {
    positions.count >= 2 && [testError.count, trainError.count].allSatisfy { $0 == positions.count }
  }
}

/// The work of one seed of an instability analysis.
struct ForkWork {
  let connect: Connect
  let bench: Bench<Connect.Material>

  private var settings: SearchSettings { connect.settings.search }
  private var training: TrainingMaterial { bench.material.training }
  private var layout: ParameterLayout { training.architecture.layout }
  private var trainer: StageTrainer { bench.trainer(training.architecture, data: training.data) }
  private var pixels: Int { settings.recipe.keptPixels(input: training.architecture.input) }

  private func recipe(seed: UInt64) -> Recipe {
    var recipe = settings.recipe
    recipe.orderSeed = seed
    return recipe
  }

  // MARK: forks

  /// Trains the dense network from fork to fork and keeps its state at each.
  func trainTrunk() throws {
    let store = bench.store
    let initial = try settings.initialParameters(of: training.architecture, seed: bench.seed)
    let run = trainer.makeRun(
      TrainingStart(parameters: initial, mask: Mask(fullFor: layout), recipe: recipe(seed: bench.seed)))
    for fork in connect.forks(bench.material) {
      let step = connect.step(fork, bench.material), stage = connect.name(fork, bench.material)
      if let kept = store.checkpoint(stage, layout, pixels: pixels)?.state, kept.iteration == step {
        bench.progress.finished(steps: step - run.iteration, density: 1)
        run.state = kept
        continue
      }
      let before = run.iteration
      while run.iteration < step {
        try Interruption.check()
        run.takeStep()
      }
      bench.progress.advanced("seed-\(bench.seed)/\(stage)", steps: step - before, density: 1)
      try store.saveCheckpoint(stage, run.state, [])
    }
  }

  /// Weights and mask at a fork.
  private func state(at fork: Connect.Fork) throws -> (start: Parameters, mask: Mask) {
    if case .ticket(let place) = fork {
      let ticket = bench.material.tickets[place]
      return (ticket.start, ticket.mask)
    }
    let name = connect.name(fork, bench.material)
    guard let state = bench.store.checkpoint(name, layout, pixels: pixels)?.state else {
      throw bench.store.missing(name)
    }
    return (state.parameters, Mask(fullFor: layout))
  }

  // MARK: copies

  /// Seed of the random numbers of a copy's training: the first two words of the stream `training-noise/copy N`.
  static func noiseSeed(_ seed: UInt64, copy: Int) -> UInt64 {
    var random = RandomStream(seed: seed, "training-noise/copy \(copy)")
    let high = UInt64(random.nextWord())
    return high << 32 | UInt64(random.nextWord())
  }

  func trainCopy(_ copy: Int, of fork: Connect.Fork) throws {
    let (weights, mask) = try state(at: fork), step = connect.step(fork, bench.material)
    let noise = Self.noiseSeed(bench.seed, copy: copy)
    let start = TrainingStart(parameters: weights, mask: mask, step: step, recipe: recipe(seed: noise))
    let stage = Connect.copyStage(connect.name(fork, bench.material), copy)
    _ = try trainer.trainKept(stage, from: start) { outcome in
      Ticket(
        architecture: training.architecture, mask: mask, start: weights, startStep: step, trained: outcome.parameters,
        seed: bench.seed, round: 0, settings: settings.texts,
        metrics: ["testAccuracy": outcome.last.testAccuracy, "validationAccuracy": outcome.last.validationAccuracy])
    }
  }

  // MARK: paths

  private var positions: [Double] {
    (0..<connect.settings.positions).map { Double($0) / Double(connect.settings.positions - 1) }
  }

  /// Batches that are measured at each position; none where nothing is normalised.
  private var statisticsBatches: Int {
    let hasStatistics = layout.entries.contains { !$0.isTrained }
    return hasStatistics ? min(connect.settings.statisticsBatches, connect.perEpoch(bench.material)) : 0
  }

  private var trainSamples: Int { min(connect.settings.trainSamples, training.data.train.count) }

  private func weights(_ stage: String) throws -> Parameters {
    guard let weights = bench.store.ticket(stage)?.trained else { throw bench.store.missing(stage) }
    return weights
  }

  /// Takes the errors along the line between two copies, unless their record is there.
  func measurePath(_ pair: (first: Int, second: Int), of fork: Connect.Fork) throws {
    let name = connect.name(fork, bench.material), stage = Connect.pathStage(name, pair)
    let ends = try [pair.first, pair.second].map { try weights(Connect.copyStage(name, $0)) }
    let digests = ends.map { Digest.sha256($0.values) }
    if let kept: PathRecord = bench.store.value(stage), isCurrent(kept, digests) { return }
    let record = try measured(ends, digests, try state(at: fork).mask)
    try bench.store.keep(record, stage)
    try bench.store.journal.record([
      Event(
        kind: "measured", stage: "seed-\(bench.seed)/\(stage)",
        values: ["testInstability": record.testInstability, "trainInstability": record.trainInstability])
    ])
  }

  private func isCurrent(_ kept: PathRecord, _ ends: [String]) -> Bool {
    kept.ends == ends && kept.positions == positions && kept.statisticsBatches == statisticsBatches
      && kept.trainSamples == trainSamples && kept.testError.count == positions.count
      && kept.trainError.count == positions.count
  }

  private func measured(_ ends: [Parameters], _ digests: [String], _ mask: Mask) throws -> PathRecord {
    let run = trainer.makeRun(TrainingStart(parameters: ends[0], mask: mask, recipe: recipe(seed: bench.seed)))
    var record = PathRecord(
      ends: digests, statisticsBatches: statisticsBatches, trainSamples: trainSamples, positions: positions,
      testError: [], trainError: [])
    for position in positions {
      try Interruption.check()
      run.parameters = ends[0].interpolated(to: ends[1], at: Float(position))
      if statisticsBatches > 0 { run.reestimateStatistics(batches: statisticsBatches) }
      record.testError.append(1 - run.evaluate(.test).accuracy)
      record.trainError.append(1 - run.evaluateTraining(samples: trainSamples).accuracy)
    }
    return record
  }
}
