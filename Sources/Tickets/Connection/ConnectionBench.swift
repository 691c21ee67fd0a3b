import Basics
import Foundation
import Lanes
import Networks
import Training

/// The state from which the copies of one seed are trained.
struct Fork: Sendable {
  /// What its files begin with: `at-100`, or `ticket-` and the first digits of the ticket's digest.
  var name: String
  var seed: UInt64
  var mask: Mask
  var start: Parameters
  var step: Int
  /// Place among the forks of its seed.
  var place: Int
}

/// Does the trainings of an instability analysis, and skips what is done.
struct ConnectionBench: Sendable {
  let connection: Connection
  let architecture: Architecture
  let data: TrainingData
  let steps: [Int]
  let progress: SearchProgress
  private let stores: [UInt64: StageStore]

  /// - Parameter steps: Forks of the dense network, ascending.
  init(
    _ connection: Connection, _ architecture: Architecture, _ data: TrainingData, _ files: RunFolder, _ steps: [Int]
  ) throws {
    self.connection = connection
    self.architecture = architecture
    self.data = data
    self.steps = steps
    stores = try connection.seeds.reduce(into: [:]) { $0[$1] = try files.store("seed-\($1)") }
    progress = SearchProgress(expected: Self.work(connection, steps, total: Self.totalSteps(connection, data)))
  }

  private static func totalSteps(_ connection: Connection, _ data: TrainingData) -> Int {
    let recipe = connection.settings.recipe
    return recipe.steps.iterations(perEpoch: recipe.stepsPerEpoch(samples: data.train.count))
  }

  var totalSteps: Int { Self.totalSteps(connection, data) }

  /// Of all trainings; the paths come on top.
  private static func work(_ connection: Connection, _ steps: [Int], total: Int) -> Double {
    let tickets = connection.tickets.map(\.ticket)
    let copies =
      tickets.isEmpty
      ? steps.map { SearchProgress.work(steps: total - $0, density: 1) }
      : tickets.map { SearchProgress.work(steps: total - $0.startStep, density: $0.mask.density) }
    let trunk = tickets.isEmpty ? SearchProgress.work(steps: steps.last ?? 0, density: 1) : 0
    return Double(connection.seeds.count) * (trunk + Double(connection.copies) * copies.reduce(0, +))
  }

  /// - Parameter jobs: Trainings side by side; a single one gets all threads.
  func bench(_ seed: UInt64, jobs: Int) -> TrainingBench {
    TrainingBench(
      architecture, data: data, store: stores[seed]!, threads: jobs == 1 ? connection.threads : 1,
      execution: .automatic, progress: progress)
  }

  func recipe(seed: UInt64) -> Recipe {
    var recipe = connection.settings.recipe
    recipe.orderSeed = seed
    return recipe
  }

  private func workAll<Item: Sendable>(_ items: [Item], _ body: @escaping @Sendable (Item) throws -> Void) throws {
    let workers = WorkerPool()
    for item in items { workers.add({ try body(item) }, leaf: false) }
    try workers.run(workers: items.count == 1 ? 1 : connection.threads)
  }

  // MARK: forks

  /// The states at the forks, seed by seed; of the dense network, those that are not on disk are trained to.
  func forks() throws -> [Fork] {
    guard connection.tickets.isEmpty else {
      return connection.seeds.flatMap { seed in
        connection.tickets.enumerated().map { place, item in
          Fork(
            name: "ticket-\(item.ticket.digest.prefix(12))", seed: seed, mask: item.ticket.mask,
            start: item.ticket.start, step: item.ticket.startStep, place: place)
        }
      }
    }
    try workAll(connection.seeds) { try trainTrunk($0) }
    let mask = Mask(fullFor: architecture.layout)
    return try connection.seeds.flatMap { seed in
      try steps.enumerated().map { place, step in
        guard
          let state = stores[seed]!.checkpoint(
            Self.trunkStage(step), architecture.layout, pixels: pixels)?.state
        else {
          throw Problem.badData(
            "The state of seed \(seed) at step \(step) cannot be read back.",
            remedy: "Start the same command again: it trains what is missing.")
        }
        return Fork(
          name: "at-\(step)", seed: seed, mask: mask, start: state.parameters, step: step, place: place)
      }
    }
  }

  /// Numbers of perturbed samples that a state keeps.
  private var pixels: Int { connection.settings.recipe.keptPixels(input: architecture.input) }

  private static func trunkStage(_ step: Int) -> String { "at-\(step)" }

  /// Trains a seed's dense network from fork to fork and keeps its state at each.
  private func trainTrunk(_ seed: UInt64) throws {
    let store = stores[seed]!, layout = architecture.layout
    let initial = connection.settings.initializer.parameters(for: layout, seed: seed)
    let run = bench(seed, jobs: connection.seeds.count).makeRun(
      TrainingStart(parameters: initial, mask: Mask(fullFor: layout), step: 0, recipe: recipe(seed: seed)))
    for step in steps {
      if let kept = store.checkpoint(Self.trunkStage(step), layout, pixels: pixels)?.state, kept.iteration == step {
        progress.finished(steps: step - run.iteration, density: 1)
        run.state = kept
        continue
      }
      let before = run.iteration
      while run.iteration < step {
        if Interruption.isRequested { throw Interruption.problem }
        run.takeStep()
      }
      progress.advanced("seed-\(seed)/at-\(step)", steps: step - before, density: 1)
      try store.saveCheckpoint(Self.trunkStage(step), run.state, [])
    }
  }

  // MARK: copies

  static func copyStage(_ fork: Fork, _ copy: Int) -> String { "\(fork.name).copy-\(copy)" }

  /// Trains every copy of every fork, side by side on the cores.
  func trainCopies(of forks: [Fork]) throws {
    let jobs = forks.flatMap { fork in (1...connection.copies).map { (fork: fork, copy: $0) } }
    try workAll(jobs) { job in
      let fork = job.fork, noise = Connection.noiseSeed(fork.seed, copy: job.copy)
      let start = TrainingStart(
        parameters: fork.start, mask: fork.mask, step: fork.step, recipe: recipe(seed: noise))
      _ = try bench(fork.seed, jobs: jobs.count).trainKept(Self.copyStage(fork, job.copy), from: start) {
        ticket($0, of: fork)
      }
    }
  }

  private func ticket(_ outcome: TrainingOutcome, of fork: Fork) -> Ticket {
    Ticket(
      architecture: architecture, mask: fork.mask, start: fork.start, startStep: fork.step,
      trained: outcome.parameters, seed: fork.seed, round: 0,
      settings: Dictionary(uniqueKeysWithValues: connection.settings.assignments.map { ($0.key, $0.value) }),
      metrics: ["testAccuracy": outcome.last.testAccuracy, "validationAccuracy": outcome.last.validationAccuracy])
  }

  // MARK: paths

  /// The errors between every two copies: one list of paths a fork.
  func paths(of forks: [Fork]) throws -> [[PathRecord]] {
    let pairs = (1...connection.copies).flatMap { a in (a + 1..<connection.copies + 1).map { (a, $0) } }
    let jobs = forks.flatMap { fork in pairs.map { (fork: fork, pair: $0) } }
    try workAll(jobs) { _ = try PathMeasurement(self, $0.fork, jobs: jobs.count).record($0.pair.0, $0.pair.1) }
    return try forks.map { fork in
      try pairs.map { try PathMeasurement(self, fork, jobs: 1).record($0.0, $0.1) }
    }
  }
}
