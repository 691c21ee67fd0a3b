import Basics
import Datasets
import Experiments
import Foundation
import Networks
import Pruning
import Tickets
import Training

/// The work of a certificate on one seed: the search, and every network that is trained beside the tickets.
struct Candidate: Sendable {
  private let certify: Certify
  private let bench: Bench<Certify.Material>
  private let algorithm: any TicketAlgorithm
  /// Of the seed on the data as they are, whatever the unit is.
  private let lab: Lab

  init(_ certify: Certify, _ bench: Bench<Certify.Material>) throws {
    self.certify = certify
    self.bench = bench
    algorithm = try certify.search.ticketAlgorithm()
    let store = bench.folder.reader("seed-\(bench.seed)"), material = bench.material.training
    lab = try Lab(
      settings: certify.search, seed: bench.seed,
      bench: bench.trainer(material.architecture, data: material.data, in: store), workers: bench.workers)
  }

  private var terms: CertificateTerms { certify.terms }
  private var architecture: Architecture { bench.material.training.architecture }

  /// Finds the tickets, then has everything else trained but what changed data need.
  func search() throws {
    let problem = try found(in: lab)
    let start = try lab.rewindPoint(), trained = try lab.trainDense()
    try checkTicket(problem)
    for rate in terms.learningRates where rate != certify.search.recipe.learningRate {
      train(.dense, 0, rate, lab.bench, lab.initialParameters, lab.fullMask, at: 0)
    }
    for round in terms.rounds where problem == nil || lab.bench.store.record(Lab.stage(round)) != nil {
      let mask = try mask(of: round, in: lab.bench.store)
      try trainNeeded(round, mask, start)
      try trainChecks(round, mask, start, trained)
    }
    if let problem { throw problem }
  }

  /// Finds tickets; what ended the search, where rounds before it can still be judged.
  private func found(in lab: Lab) throws -> Problem? {
    do { try algorithm.findTickets(in: lab) } catch let problem as Problem where problem.isOfOneNetwork {
      guard lab.bench.store.record(Lab.stage(0)) != nil else { throw problem }
      return problem
    }
    return nil
  }

  /// Finds masks on changed data, then has them trained on the true ones.
  func search(on corruption: Corruption) throws {
    let data = bench.material.training.data, samples = certify.search.trainingSamples
    let changed = try TrainingData(
      try data.dataset.corrupted(corruption, seed: bench.seed), validationCount: data.validation.count,
      trainingCount: corruption == .halfData ? samples / 2 : samples, seed: certify.search.splitSeed,
      normalisation: certify.search.normalisation)
    try certify.search.checkTraining(changed, architecture)
    let trainer = bench.trainer(architecture, data: changed)
    let problem = try found(
      in: Lab(settings: certify.search, seed: bench.seed, bench: trainer, workers: bench.workers))
    let start = try lab.rewindPoint()
    for round in terms.rounds where problem == nil || bench.store.record(Lab.stage(round)) != nil {
      trainRewound(corruption.kind, round, try mask(of: round, in: bench.store), start)
    }
    if let problem { throw problem }
  }

  private func mask(of round: Int, in store: StageStore) throws -> Mask {
    guard let ticket = store.ticket(Lab.stage(round)) else { throw store.missing(Lab.stage(round)) }
    return ticket.mask
  }

  /// - Parameter problem: What ended the search, perhaps before the ticket's round.
  private func checkTicket(_ problem: Problem?) throws {
    guard let wanted = bench.material.ticket, wanted.seed == bench.seed else { return }
    if let problem, lab.bench.store.record(Lab.stage(wanted.round)) == nil { throw problem }
    guard let found = lab.bench.store.ticket(Lab.stage(wanted.round)), found.digest == wanted.digest else {
      throw Problem.badData(
        "The ticket is not what its settings and seed make: its mask or start weights are others.",
        remedy: "Certify the settings without the ticket, or find the ticket again with this version.")
    }
  }

  // MARK: trainings

  /// Queues a network at one learning rate.
  private func train(
    _ kind: CertifiedArm.Kind, _ round: Int, _ rate: Double, _ trainer: StageTrainer, _ start: Parameters,
    _ mask: Mask, at step: Int
  ) {
    var recipe = lab.recipe
    recipe.learningRate = rate
    let begin = TrainingStart(parameters: start, mask: mask, step: step, recipe: recipe)
    let stage = certify.stage(kind, round, rate)
    bench.later { [lab] in try lab.trainBeside(stage, from: begin, round: round, on: trainer) }
  }

  /// Queues a sub-network at all learning rates, rewound like the ticket.
  private func trainRewound(_ kind: CertifiedArm.Kind, _ round: Int, _ mask: Mask, _ start: Parameters) {
    for rate in terms.learningRates { train(kind, round, rate, lab.bench, start, mask, at: lab.rewindStep) }
  }

  /// Ticket, new weights in its mask, and the small dense network.
  private func trainNeeded(_ round: Int, _ mask: Mask, _ start: Parameters) throws {
    trainRewound(.ticket, round, mask, start)
    let fresh = lab.context(mask, start, round: round).freshWeights(Reinitialised.self)
    let narrow = try architecture.narrowed(toWeights: mask.remaining), layout = narrow.layout
    let trainer = bench.trainer(narrow, data: bench.material.training.data, in: lab.bench.store)
    let small = certify.search.initializer.parameters(for: layout, seed: bench.seed)
    for rate in terms.learningRates {
      train(.reinit, round, rate, lab.bench, fresh, mask, at: 0)
      train(.smallDense, round, rate, trainer, small, Mask(fullFor: layout), at: 0)
    }
  }

  private func trainChecks(_ round: Int, _ mask: Mask, _ start: Parameters, _ trained: Parameters) throws {
    for kind in terms.checks {
      guard let mask = try otherMask(kind, round, mask, start, trained) else { continue }
      trainRewound(kind, round, mask, start)
    }
  }

  /// The mask of a check that needs no changed data.
  private func otherMask(
    _ kind: CertifiedArm.Kind, _ round: Int, _ mask: Mask, _ start: Parameters, _ trained: Parameters
  ) throws -> Mask? {
    func cut(_ criterion: any Criterion, _ allocation: (any Allocation)? = nil) throws -> Mask {
      try lab.prune(
        lab.fullMask, by: lab.fraction(leaving: mask), trained: trained, round: round, criterion: criterion,
        allocation: allocation, allowsEmptyLayers: true, stage: "\(kind.rawValue)-\(Lab.stage(round))")
    }
    switch kind {
    case .shuffled: return lab.context(mask, start, round: round).shuffledMask(ShuffledMask.self)
    case .scattered:
      return mask.shuffledGlobally(
        lab.prunable, seed: bench.seed, stream: "control-mask/scattered/round \(round)")
    case .inverted: return try cut(CriterionCatalog.criterion(named: "inverted-\(certify.search.criterion)"))
    case .randomRatio:
      return try cut(RandomScore(), AllocationCatalog.allocation(named: terms.ratioAllocation))
    default: return nil
    }
  }
}
