import Basics
import Datasets
import Foundation
import Networks
import Pruning
import Training

/// The work of a certificate on one seed: the search, and every network that is trained beside the tickets.
final class Candidate: Sendable {
  private let study: CertificateStudy
  private let settings: SearchSettings
  private let seed: UInt64
  private let data: TrainingData
  private let architecture: Architecture
  private let algorithm: any TicketAlgorithm
  private let files: RunFolder
  private let progress: WorkProgress
  private let workers: WorkerPool
  private let lab: Lab
  private let store: StageStore

  init(
    _ study: CertificateStudy, _ settings: SearchSettings, _ seed: UInt64, _ data: TrainingData,
    _ architecture: Architecture, _ algorithm: any TicketAlgorithm, _ files: RunFolder, progress: WorkProgress,
    workers: WorkerPool
  ) throws {
    self.study = study
    self.settings = settings
    self.seed = seed
    self.data = data
    self.architecture = architecture
    self.algorithm = algorithm
    self.files = files
    self.progress = progress
    self.workers = workers
    store = try files.store("seed-\(seed)")
    let bench = StageTrainer(
      architecture, data: data, store: store, threads: 1, execution: .automatic, progress: progress)
    lab = try Lab(settings: settings, seed: seed, bench: bench, workers: workers)
  }

  /// `shuffled-05-0.1`; the dense network has no round, and at the search's own learning rate it is the search's.
  static func stage(_ kind: CertifiedArm.Kind, _ round: Int, _ rate: Double, settings: SearchSettings) -> String {
    if kind == .dense { return rate == settings.recipe.learningRate ? "dense" : "dense-\(rate)" }
    return "\(kind.rawValue)-\(round < 10 ? "0" : "")\(round)-\(rate)"
  }

  /// Finds the tickets, then has everything else trained.
  func start() throws {
    for corruption in Corruption.allCases where study.terms.checks.contains(corruption.kind) {
      workers.add({ try self.search(on: corruption) }, leaf: false)
    }
    try algorithm.findTickets(in: lab)
    try checkTicket()
    let start = try lab.rewindPoint(), trained = try lab.trainDense()
    for rate in study.terms.learningRates where rate != settings.recipe.learningRate {
      train(.dense, 0, rate, lab.bench, lab.initialParameters, lab.fullMask, at: 0)
    }
    for round in study.terms.rounds {
      let mask = try self.mask(of: round, in: store)
      try trainNeeded(round, mask, start)
      try trainChecks(round, mask, start, trained)
    }
  }

  private func mask(of round: Int, in store: StageStore) throws -> Mask {
    guard let ticket = store.ticket(Lab.stage(round)) else { throw store.missing(Lab.stage(round)) }
    return ticket.mask
  }

  private func checkTicket() throws {
    guard let wanted = study.ticket, wanted.seed == seed else { return }
    guard let found = store.ticket(Lab.stage(wanted.round)), found.digest == wanted.digest else {
      throw Problem.badData(
        "The ticket is not what its settings and seed make: its mask or start weights are others.",
        remedy: "Certify the settings without the ticket, or find the ticket again with this version.")
    }
  }

  // MARK: trainings

  /// Queues a network at one learning rate.
  private func train(
    _ kind: CertifiedArm.Kind, _ round: Int, _ rate: Double, _ bench: StageTrainer, _ start: Parameters, _ mask: Mask,
    at step: Int
  ) {
    var recipe = lab.recipe
    recipe.learningRate = rate
    let begin = TrainingStart(parameters: start, mask: mask, step: step, recipe: recipe)
    let stage = Self.stage(kind, round, rate, settings: settings)
    workers.add({ try bench.train(stage, from: begin) }, leaf: true)
  }

  /// Queues a sub-network at all learning rates, rewound like the ticket.
  private func trainRewound(_ kind: CertifiedArm.Kind, _ round: Int, _ mask: Mask, _ start: Parameters) {
    for rate in study.terms.learningRates {
      train(kind, round, rate, lab.bench, start, mask, at: lab.rewindStep)
    }
  }

  /// Ticket, new weights in its mask, and the small dense network.
  private func trainNeeded(_ round: Int, _ mask: Mask, _ start: Parameters) throws {
    trainRewound(.ticket, round, mask, start)
    let fresh = lab.context(mask, start, round: round).freshWeights(Reinitialised.self)
    let narrow = try architecture.narrowed(toWeights: mask.remaining), layout = narrow.layout
    let bench = StageTrainer(
      narrow, data: data, store: store, threads: 1, execution: .automatic, progress: progress)
    let small = settings.initializer.parameters(for: layout, seed: seed)
    for rate in study.terms.learningRates {
      train(.reinit, round, rate, lab.bench, fresh, mask, at: 0)
      train(.smallDense, round, rate, bench, small, Mask(fullFor: layout), at: 0)
    }
  }

  private func trainChecks(_ round: Int, _ mask: Mask, _ start: Parameters, _ trained: Parameters) throws {
    let share = lab.fraction(leaving: mask)
    for kind in study.terms.checks {
      switch kind {
      case .shuffled:
        trainRewound(kind, round, lab.context(mask, start, round: round).shuffledMask(ShuffledMask.self), start)
      case .scattered:
        let scattered = mask.shuffledGlobally(
          lab.prunable, seed: seed, stream: "control-mask/scattered/round \(round)")
        trainRewound(kind, round, scattered, start)
      case .inverted:
        let inverted = try CriterionCatalog.criterion(named: "inverted-\(settings.criterion)")
        let mask = try lab.prune(
          lab.fullMask, by: share, trained: trained, round: round, criterion: inverted, allowsEmptyLayers: true)
        trainRewound(kind, round, mask, start)
      case .randomRatio:
        let allocation = try AllocationCatalog.allocation(named: study.terms.ratioAllocation)
        let mask = try lab.prune(
          lab.fullMask, by: share, trained: trained, round: round, criterion: RandomScore(), allocation: allocation,
          allowsEmptyLayers: true)
        trainRewound(kind, round, mask, start)
      default: break
      }
    }
  }

  /// Finds masks on changed data, then has them trained on the true ones.
  private func search(on corruption: Corruption) throws {
    let count = corruption == .halfData ? settings.trainingSamples / 2 : settings.trainingSamples
    let changed = try TrainingData(
      try data.dataset.corrupted(corruption, seed: seed), validationCount: data.validation.count,
      trainingCount: count, seed: settings.splitSeed)
    let store = try files.store("seed-\(seed)/\(corruption.rawValue)")
    let bench = StageTrainer(
      architecture, data: changed, store: store, threads: 1, execution: .automatic, progress: progress)
    try algorithm.findTickets(in: Lab(settings: settings, seed: seed, bench: bench, workers: workers))
    let start = try lab.rewindPoint()
    for round in study.terms.rounds {
      trainRewound(corruption.kind, round, try mask(of: round, in: store), start)
    }
  }
}
