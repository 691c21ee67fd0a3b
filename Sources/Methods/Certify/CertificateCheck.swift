import Basics
package import Datasets
import Experiments
package import Foundation
package import Tickets

/// Whether a certificate is what its command makes.
package struct CertificateCheck: Sendable {
  package var certificate: Certificate

  /// - Parameter certificate: As read from its file, which checks its digest.
  package init(_ certificate: Certificate) { self.certificate = certificate }

  /// Works out conditions, checks and verdicts again from the accuracies.
  ///
  /// - Throws: `Problem.badData` naming the density if they are others.
  package func checkStatistics() throws {
    guard !certificate.densities.isEmpty, let weights = certificate.dense.first?.weights else {
      throw Problem.badData("The certificate judges no ticket: there is nothing to verify.", remedy: Self.remedy)
    }
    try checkTerms()
    for stated in certificate.densities {
      guard isComplete(stated) else { throw refused(stated, "lacks the networks that a verdict needs") }
      let found = Judge.density(
        stated.round, stated.remaining, of: weights, certificate.terms, certificate.dense, stated.arms,
        guess: certificate.guess)
      guard found.agrees(with: stated) else {
        throw refused(
          stated, "states the verdict '\(stated.verdict.rawValue)' and conditions that its accuracies do not give")
      }
    }
  }

  /// Terms are settings, and have their ranges.
  private func checkTerms() throws {
    let terms = certificate.terms
    var settings = CertifySettings()
    do {
      for (key, value) in [
        ("within", terms.tolerance), ("gap", terms.gap), ("min-sparsity", terms.minimumSparsity),
        ("alpha", terms.alpha),
      ] { try settings.set(key, to: "\(value)") }
    } catch let problem as Problem {
      throw Problem.badData("The certificate's terms cannot be used: \(problem.problem)", remedy: Self.remedy)
    }
  }

  private func isComplete(_ density: CertifiedDensity) -> Bool {
    guard certificate.guess.map({ $0.samples > 0 && (0...1).contains($0.share) }) != false else { return false }
    let seeds = certificate.seeds.count, weights = certificate.dense[0].weights, arms = certificate.dense + density.arms
    let kinds = Set(arms.map(\.kind)), rates = Set(certificate.dense.map(\.learningRate))
    return seeds > 0 && Set(certificate.seeds).count == seeds && density.round > 0
      && (1...max(1, weights)).contains(density.remaining) && certificate.dense.allSatisfy { $0.kind == .dense }
      && kinds.isSuperset(of: [.dense, .ticket, .reinit, .smallDense])
      && density.arms.contains { $0.kind == .ticket && rates.contains($0.learningRate) }
      && arms.allSatisfy { arm in
        [arm.testAccuracy, arm.validationAccuracy, arm.lateGain].allSatisfy { $0.count == seeds }
          && arm.digests.count == seeds
      }
  }

  /// Trains everything again, in a folder of its own, and compares every accuracy and every digest of weights.
  ///
  /// - Throws: `Problem.badData` naming the first network that differs.
  package func rederive(
    in output: URL, threads: Int, locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }
  ) throws {
    let experiment = Certify(try settings, seeds: certificate.seeds)
    let place = output.appendingPathComponent("verify-\(certificate.digest.prefix(12))")
    let record = try Runner(experiment, threads: threads, output: place).run(locator: locator, watch: watch)
    let again = record.finding
    guard record.dataset?.digest == certificate.dataset.digest else {
      throw Problem.badData(
        "The certificate is about other samples: SHA-256 \(certificate.dataset.digest?.prefix(12) ?? "unknown").",
        remedy: "Use the data that it names, or make a certificate of these.")
    }
    try compare(certificate.dense, again.dense, "the dense network")
    guard certificate.densities.map(\.remaining) == again.densities.map(\.remaining) else {
      throw Problem.badData(
        "The certificate is not what its command makes: its tickets keep other numbers of weights.",
        remedy: Self.remedy)
    }
    for (stated, found) in zip(certificate.densities, again.densities) {
      try compare(stated.arms, found.arms, "round \(stated.round)")
    }
  }

  /// Those of the search, and the terms in place of what else was asked.
  private var settings: CertifySettings {
    get throws {
      var settings = CertifySettings()
      let common = Set(SearchSettings.fields.map(\.key)),
        own = Set(CertifySettings.fields.map(\.key)).subtracting(common)
      for (key, text) in certificate.settings.sorted(by: { $0.key < $1.key }) where !own.contains(key) {
        try settings.search.set(key, to: text)
      }
      settings.terms = certificate.terms
      return settings
    }
  }

  private func compare(_ stated: [CertifiedArm], _ found: [CertifiedArm], _ place: String) throws {
    guard stated != found else { return }
    let wrong = zip(stated, found).first { $0 != $1 }
    let what = wrong.map { "\($0.0.kind.rawValue) at learning rate \($0.0.learningRate)" } ?? "their number"
    throw Problem.badData(
      "The certificate is not what its command makes: \(place), \(what) came out otherwise.", remedy: Self.remedy)
  }

  private func refused(_ density: CertifiedDensity, _ what: String) -> Problem {
    .badData("The certificate's round \(density.round) \(what).", remedy: Self.remedy)
  }

  private static let remedy = "Do not rely on it; make it again with the command in it."
}

extension CertifiedDensity {
  /// Whether two judgements say the same, but for the last digits of what the system's functions compute.
  fileprivate func agrees(with other: CertifiedDensity) -> Bool {
    let conditionsAgree =
      conditions.map(\.state) == other.conditions.map(\.state)
      && conditions.map(\.statement) == other.conditions.map(\.statement)
      && conditions.map(\.learningRates) == other.conditions.map(\.learningRates)
    let checksAgree =
      checks.map(\.kind) == other.checks.map(\.kind)
      && checks.map(\.learningRates) == other.checks.map(\.learningRates)
    let (mine, theirs) = (numbers, other.numbers)
    let numbersAgree =
      mine.count == theirs.count && zip(mine, theirs).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($0)) }
    return verdict == other.verdict && sentences == other.sentences && conditionsAgree && checksAgree && numbersAgree
  }

  private var numbers: [Double] {
    [density] + conditions.flatMap(\.numbers) + checks.flatMap(\.numbers)
  }
}

extension CertifiedCondition {
  fileprivate var numbers: [Double] {
    value.numbers + bootstrap.numbers + [threshold, chanceIfFalse, chanceIfTrue]
  }
}

extension CertifiedCheck {
  fileprivate var numbers: [Double] { lead.numbers + bootstrap.numbers + [chance] }
}

extension Interval {
  fileprivate var numbers: [Double] { [mean, low, high] + values }
}
