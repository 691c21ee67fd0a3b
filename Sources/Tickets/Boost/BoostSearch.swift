public import Basics
public import Datasets
public import Foundation
import Lanes
public import Networks
import Training

/// A boost: mask phases, tickets, controls and dense baselines of several seeds, side by side on the cores; resumable.
public struct BoostSearch: Sendable {
  public var settings: BoostSettings
  public var seeds: [UInt64]
  public var threads: Int
  /// The folder that holds run folders.
  public var output: URL
  public var execution = Execution.automatic
  /// The command that repeats the boost, for the result.
  public var reproduce = ""

  public init(settings: BoostSettings, seeds: [UInt64], threads: Int, output: URL) {
    self.settings = settings
    self.seeds = seeds
    self.threads = threads
    self.output = output
  }

  /// Named by the hash of the settings that differ from their defaults.
  public var folder: URL {
    output.appendingPathComponent("boost-\(Digest.sha256("boost\n" + settings.canonicalText).prefix(12))")
  }

  /// Runs what is not done yet and returns the whole result.
  ///
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func run(locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }) throws -> BoostResult {
    try settings.check()
    var search = settings.search
    (search.rounds, search.fraction) = (1, settings.prune)
    let (data, architecture) = try search.prepare(locator)
    let files = RunFolder(folder)
    let lock = try files.open(
      RunIdentity(command: "boost", settings: settings, reproduce: reproduce, dataDigest: data.dataset.digest),
      parts: seeds.map { "seed-\($0)" })
    defer { withExtendedLifetime(lock) {} }
    let perEpoch = search.recipe.stepsPerEpoch(samples: data.train.count)
    let progress = WorkProgress(expected: expectedWork(perEpoch: perEpoch)), workers = WorkerPool()
    watch(progress)
    let chains = try seeds.map { seed in
      let trainer = StageTrainer(
        architecture, data: data, store: try files.store("seed-\(seed)"), threads: 1,
        execution: execution,
        progress: progress)
      return BoostChain(settings, seed: seed, trainer: trainer, workers: workers)
    }
    for chain in chains { chain.queue() }
    try workers.run(workers: threads)
    let result = try BoostCollector(self, chains, perEpoch: perEpoch).result()
    try files.write(result, to: "result.json")
    return result
  }

  private func expectedWork(perEpoch: Int) -> Double {
    func steps(_ step: Step) -> Int {
      (step == .zero ? settings.search.recipe.steps : step).iterations(perEpoch: perEpoch)
    }
    let masks = 2 * WorkProgress.work(steps: steps(settings.maskSteps), density: 1)
    let tickets = 4 * WorkProgress.work(steps: steps(settings.ticketSteps), density: 1 - settings.prune)
    let dense = Double(BoostChain.denseStages(settings).count) * WorkProgress.work(steps: steps(.zero), density: 1)
    return (masks + tickets + dense) * Double(seeds.count)
  }
}
