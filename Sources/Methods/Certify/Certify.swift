import Basics
public import Datasets
public import Experiments
import Foundation
import Networks
import Pages
import Pruning
import Tickets
import Training

/// Whether a sub-network is a winning ticket: tickets are found as a search finds them, then trained beside everything that a
/// verdict needs, over learning rates and seeds, and judged.
///
/// By the five conditions of Ma et al. 2021, "Sanity checks for lottery tickets" (arXiv:2107.00166), see `Judge`, with
/// the checks of Su et al. 2020 (arXiv:2009.11094) and Frankle et al. 2021 (arXiv:2009.08576) beside them. Masks are found at
/// one learning rate. Cost: a search, one more on each of the changed data, and a training a network, round and learning
/// rate, a seed.
public struct Certify: Experiment {
  public static let name = "certify"
  public static let summary = "say whether a sub-network is a winning ticket"
  public static let discussion = """
    Finds the tickets of the settings, or of a ticket file, for several seeds, and trains them over learning rates beside \
    dense, re-initialised and small dense networks: the five conditions of Ma et al. 2021. Writes a certificate and a page; \
    --verify checks a certificate by making it again.
    """
  public static let usualSeeds = 5
  public static let example = [
    "data=digits", "model=mlp:24,16", "steps=4ep", "batch=64", "rounds=2", "fraction=0.5", "lr-sweep=0.1,0.3",
  ]

  public let settings: CertifySettings
  public let seeds: [UInt64]
  let terms: CertificateTerms

  public init(_ settings: CertifySettings, seeds: [UInt64]) {
    self.settings = settings
    self.seeds = seeds
    terms = settings.asked
  }

  /// A certificate has controls of its own.
  var search: SearchSettings {
    var search = settings.search
    search.controls = ControlSet([])
    return search
  }

  // MARK: what can be certified

  public struct Material: ExtendedMaterial {
    public let training: TrainingMaterial
    /// A ticket that the search must find again, bit for bit.
    let ticket: Ticket?
    public var notes: [String] {
      guard training.settings.takesMask else { return training.notes }
      let left = Corruption.allCases.map(\.kind.rawValue).joined(separator: ", ")
      return training.notes + [
        "Left out, since only the program that found the mask could look for others on changed data: \(left)."
      ]
    }
    public var draws: Int? { training.draws }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    let ticket = settings.ticket.isEmpty ? nil : try Ticket(contentsOf: URL(fileURLWithPath: settings.ticket))
    try checkTerms(ticket)
    _ = try search.ticketAlgorithm()
    let material = Material(training: try TrainingMaterial(search, locator), ticket: ticket)
    let architecture = material.training.architecture
    try ticket?.checkFits(input: architecture.input, classes: architecture.output.count, data: search.data)
    try checkEvaluations(material)
    try checkRatios(architecture)
    return material
  }

  private func checkTerms(_ ticket: Ticket?) throws {
    guard search.retraining == .rewind else {
      throw Problem.usage(
        "A certificate is about tickets that start anew, but retraining is \(search.retraining.rawValue).",
        remedy: "Use retraining=rewind.")
    }
    guard terms.rounds.allSatisfy({ (1...search.rounds).contains($0) }) else {
      throw Problem.usage(
        "The rounds to be judged must be from 1 to \(search.rounds).", remedy: "Write --at 5,9 or more --rounds.")
    }
    if let ticket, !seeds.contains(ticket.seed) {
      throw Problem.usage(
        "The ticket's seed \(ticket.seed) is not among the \(seeds.count) seeds.",
        remedy: ticket.seed < 10_000
          ? "Use --seeds \(ticket.seed + 1) or more." : "Certify the settings without the ticket.")
    }
  }

  /// What the last quarter of training adds must be seen.
  private func checkEvaluations(_ material: Material) throws {
    let perEpoch = perEpoch(material), recipe = search.recipe
    guard 4 * recipe.evaluateEvery.iterations(perEpoch: perEpoch) <= recipe.steps.iterations(perEpoch: perEpoch) else {
      throw Problem.usage(
        """
        With an evaluation every \(recipe.evaluateEvery) of \(recipe.steps) the last quarter of training cannot be seen.
        """,
        remedy: "Train longer (--steps), or evaluate more often (--set evaluate=...).")
    }
  }

  /// Whether the rule of the random-ratio check has an answer for this network at every density.
  private func checkRatios(_ architecture: Architecture) throws {
    guard terms.checks.contains(.randomRatio) else { return }
    let allocation = try AllocationCatalog.allocation(named: terms.ratioAllocation)
    let full = Mask(fullFor: architecture.layout), excluded = try search.excludedLayers(architecture.layout)
    for round in terms.rounds {
      let request = AllocationRequest(
        mask: full, fraction: 1 - density(after: round),
        entries: architecture.layout.prunable.filter { !excluded.contains($0.layer) })
      do { _ = try allocation.quota(request) } catch let problem as Problem {
        throw Problem.usage(
          "The check random-ratio, round \(round): \(problem.problem)",
          remedy: "Use another rule (--ratios erk), or leave the check out (--checks).")
      }
    }
  }

  private func perEpoch(_ material: Material) -> Int {
    search.recipe.stepsPerEpoch(samples: material.training.data.train.count)
  }

  /// About.
  private func density(after round: Int) -> Double { pow(1 - search.fraction, Double(round)) }

  // MARK: units

  private static let searchUnit = "search"
  private var corruptions: [Corruption] { Corruption.allCases.filter { terms.checks.contains($0.kind) } }

  /// The search with what is trained beside its tickets, and searches on changed data.
  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    let steps = search.recipe.steps.iterations(perEpoch: perEpoch(material))
    func work(_ round: Int) -> Double { WorkProgress.work(steps: steps, density: density(after: round)) }
    let search = (0...self.search.rounds).reduce(0) { $0 + work($1) }, rates = Double(terms.learningRates.count)
    let kind = rates * terms.rounds.reduce(0) { $0 + work($1) }
    let own = Double(3 + terms.checks.count - corruptions.count)
    return [
      WorkUnit(Self.searchUnit, seed: seed, spawns: true, work: search + rates * work(0) + own * kind)
    ]
      + corruptions.map {
        WorkUnit(
          $0.rawValue, seed: seed, folder: "seed-\(seed)/\($0.rawValue)", spawns: true, work: search + kind)
      }
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    let candidate = try Candidate(self, bench)
    if let corruption = Corruption(rawValue: unit.name) {
      try candidate.search(on: corruption)
    } else {
      try candidate.search()
    }
  }

  /// `shuffled-05-0.1`; the dense network has no round, and at the search's own learning rate it is the search's.
  func stage(_ kind: CertifiedArm.Kind, _ round: Int, _ rate: Double) -> String {
    if kind == .dense { return rate == search.recipe.learningRate ? "dense" : "dense-\(rate)" }
    return "\(kind.rawValue)-\(round < 10 ? "0" : "")\(round)-\(rate)"
  }
}

extension Corruption {
  /// The check that it makes.
  var kind: CertifiedArm.Kind {
    switch self {
    case .randomLabels: .randomLabels
    case .randomPixels: .randomPixels
    case .halfData: .halfData
    }
  }
}
