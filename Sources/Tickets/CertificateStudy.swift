public import Basics
public import Datasets
public import Foundation
import Lanes
import Networks
import Pruning
import Training

/// Finds tickets as a search does, then trains them beside everything that a verdict needs, over learning rates and seeds,
/// and judges them. Resumable at any point; more seeds or learning rates run only what is new.
public struct CertificateStudy: Sendable {
  public var settings: SearchSettings
  public var terms: CertificateTerms
  public var seeds: [UInt64]
  public var threads: Int
  /// The folder that holds run folders.
  public var output: URL
  /// A ticket that the search must find again, bit for bit.
  public var ticket: Ticket?
  /// The command that repeats the study.
  public var reproduce = ""

  public init(settings: SearchSettings, terms: CertificateTerms, seeds: [UInt64], threads: Int, output: URL) {
    self.settings = settings
    self.terms = terms
    self.seeds = seeds
    self.threads = threads
    self.output = output
  }

  /// The study's own folder: named by the hash of the settings that differ from their defaults.
  public var folder: URL {
    output.appendingPathComponent("certify-\(Digest.sha256("certify\n" + settings.canonicalText).prefix(12))")
  }

  /// Settings that have no meaning here: the study has its own controls and tolerance.
  private static let unused = ["controls", "tolerance"]

  /// Runs what is not done yet and returns the certificate, signed by its digest.
  ///
  /// - Parameter watch: Called with the progress once the work starts.
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func run(locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }) throws -> Certificate {
    let began = Date()
    try checkTerms()
    var settings = settings
    settings.controls = ControlSet([])
    let algorithm = try AlgorithmCatalog.algorithm(named: settings.algorithm)
    let (data, architecture) = try settings.prepare(locator)
    try ticket?.checkFits(input: architecture.input, classes: architecture.output.count, data: settings.data)
    try checkEvaluations(data)
    try checkRatios(architecture)
    let dataSeconds = Date().timeIntervalSince(began), files = RunFolder(folder)
    let digest = data.dataset.digest
    let lock = try files.open(
      RunIdentity(command: "certify", settings: settings, reproduce: reproduce, dataDigest: digest),
      parts: seeds.flatMap { seed in ["seed-\(seed)"] + Corruption.allCases.map { "seed-\(seed)/\($0.rawValue)" } })
    defer { withExtendedLifetime(lock) {} }
    let progress = WorkProgress(expected: expectedWork(data)), workers = WorkerPool()
    watch(progress)
    for seed in seeds {
      let candidate = try Candidate(
        self, settings, seed, data, architecture, algorithm, files, progress: progress, workers: workers)
      workers.add({ try candidate.start() }, leaf: false)
    }
    try workers.run(workers: threads)
    return try conclude(data, digest, architecture, files, dataSeconds: dataSeconds, began: began)
  }

  private func checkTerms() throws {
    let changed = Set(settings.canonicalText.split(separator: "\n").compactMap { $0.split(separator: "=").first })
    if let unused = Self.unused.first(where: { changed.contains(Substring($0)) }) {
      throw Problem.usage("The setting \(unused) has no effect on a certificate.", remedy: "Leave \(unused) out.")
    }
    guard settings.retraining == .rewind else {
      throw Problem.usage(
        "A certificate is about tickets that start anew, but retraining is \(settings.retraining.rawValue).",
        remedy: "Use retraining=rewind.")
    }
    guard !terms.learningRates.isEmpty, terms.learningRates.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw Problem.usage("A certificate needs learning rates above 0.", remedy: "Write --lr-sweep 0.03,0.1,0.3.")
    }
    guard !terms.rounds.isEmpty, terms.rounds.allSatisfy({ (1...settings.rounds).contains($0) }) else {
      throw Problem.usage(
        "The rounds to be judged must be from 1 to \(settings.rounds).", remedy: "Write --at 5,9 or more --rounds.")
    }
    guard (0..<1).contains(terms.tolerance), (0..<1).contains(terms.gap), (0..<1).contains(terms.minimumSparsity),
      0 < terms.alpha, terms.alpha < 1
    else {
      throw Problem.usage(
        "Tolerance, gap, least sparsity and level must be shares.", remedy: "Write them like 0.005, not 0.5 for points."
      )
    }
    if let ticket, !seeds.contains(ticket.seed) {
      throw Problem.usage(
        "The ticket's seed \(ticket.seed) is not among the \(seeds.count) seeds.",
        remedy: "Use --seeds \(ticket.seed + 1) or more.")
    }
  }

  /// What the last quarter of training adds must be seen.
  private func checkEvaluations(_ data: TrainingData) throws {
    let perEpoch = settings.recipe.stepsPerEpoch(samples: data.train.count)
    let steps = settings.recipe.steps.iterations(perEpoch: perEpoch)
    guard 4 * settings.recipe.evaluateEvery.iterations(perEpoch: perEpoch) <= steps else {
      throw Problem.usage(
        "With an evaluation every \(settings.recipe.evaluateEvery) of \(settings.recipe.steps) the last quarter of training cannot be seen.",
        remedy: "Train longer (--steps), or evaluate more often (--set evaluate=...).")
    }
  }

  /// Whether the rule of the random-ratio check has an answer for this network at every density.
  private func checkRatios(_ architecture: Architecture) throws {
    guard terms.checks.contains(.randomRatio) else { return }
    let allocation = try AllocationCatalog.allocation(named: terms.ratioAllocation)
    let full = Mask(fullFor: architecture.layout), excluded = try settings.excludedLayers(architecture.layout)
    for round in terms.rounds {
      let left = (0..<round).reduce(1) { rest, _ in rest * (1 - settings.fraction) }
      let request = AllocationRequest(
        mask: full, fraction: 1 - left, entries: architecture.layout.prunable.filter { !excluded.contains($0.layer) })
      do { _ = try allocation.quota(request) } catch let problem as Problem {
        throw Problem.usage(
          "The check random-ratio, round \(round): \(problem.problem)",
          remedy: "Use another rule (--ratios erk), or leave the check out (--checks).")
      }
    }
  }

  private func expectedWork(_ data: TrainingData) -> Double {
    let perEpoch = settings.recipe.stepsPerEpoch(samples: data.train.count)
    let steps = settings.recipe.steps.iterations(perEpoch: perEpoch)
    func work(_ round: Int) -> Double {
      WorkProgress.work(steps: steps, density: (0..<round).reduce(1) { rest, _ in rest * (1 - settings.fraction) })
    }
    let search = (0...settings.rounds).reduce(0) { $0 + work($1) }
    let corruptions = Double(Corruption.allCases.count { terms.checks.contains($0.kind) })
    let arms = Double(3 + terms.checks.count) * terms.rounds.reduce(0) { $0 + work($1) }
    let rates = Double(terms.learningRates.count)
    return Double(seeds.count) * (search * (1 + corruptions) + rates * (work(0) + arms))
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
