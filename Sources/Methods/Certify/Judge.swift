import Analysis
package import Basics
import Foundation
import Tickets

/// Decides what a sub-network is by the five conditions of Ma et al. 2021, "Sanity checks for lottery tickets"
/// (arXiv:2107.00166):
///
/// 1. the sparsity is worth having, and training is long enough;
/// 2. a small dense network of as many weights is clearly worse;
/// 3. the ticket at some learning rate is clearly better than the re-initialised one at its best rate;
/// 4. at some learning rate the ticket is as good as the dense network at the same rate;
/// 5. at some learning rate the ticket is as good as the dense network at its best rate.
///
/// Before them comes a condition of its own, number 0: the dense network has learned anything at all (`LearningTest`). Where
/// it has not, nothing that follows means anything, and the verdict is undecided by that condition.
///
/// All five make a jackpot, the first four a secondary prize. Learning rates are chosen by mean validation accuracy and
/// differences taken on the test set, so that the choice does not flatter. Training counts as long enough if its last quarter
/// adds no more than the tolerance to the dense network's validation accuracy. A condition holds, or fails, only if a
/// one-sided t-test of the paired differences says so at the level `alpha` after Holm's correction over the conditions; else
/// it is undecided.
package struct Judge: Sendable {
  private let terms: CertificateTerms
  private let arms: [CertifiedArm]
  private let round: Int
  private let sparsity: Double
  private let guess: GuessingShare?

  /// - Parameters:
  ///   - dense: The whole network at every learning rate.
  ///   - arms: The others at one density, the ticket, `reinit` and `smallDense` among them.
  ///   - round: Names the streams of the resampling.
  ///   - guess: What a network reaches that has learned nothing; certificates of older versions do not say.
  package init(
    _ terms: CertificateTerms, dense: [CertifiedArm], arms: [CertifiedArm], round: Int, density: Double,
    guess: GuessingShare?
  ) {
    self.guess = guess
    self.terms = terms
    self.arms = dense + arms
    self.round = round
    sparsity = 1 - density
  }

  // MARK: arms

  private func all(_ kind: CertifiedArm.Kind) -> [CertifiedArm] {
    arms.filter { $0.kind == kind }.sorted { $0.learningRate < $1.learningRate }
  }

  private func best(_ kind: CertifiedArm.Kind) -> CertifiedArm { arms.best(kind) }

  /// Ticket and dense network at the learning rate where the ticket leads most, or lags least, by validation.
  private var closest: (ticket: CertifiedArm, dense: CertifiedArm) {
    let pairs = all(.ticket).compactMap { ticket in
      all(.dense).first { $0.learningRate == ticket.learningRate }.map { (ticket, $0) }
    }
    precondition(!pairs.isEmpty, "ticket and dense network have no learning rate in common")
    func lead(_ pair: (CertifiedArm, CertifiedArm)) -> Double {
      pair.0.validationAccuracy.mean - pair.1.validationAccuracy.mean
    }
    return pairs.reduce(pairs[0]) { lead($1) > lead($0) ? $1 : $0 }
  }

  // MARK: conditions

  /// A condition before the correction for their number.
  private struct Question {
    var number: Int
    var statement: String
    var values: [Double]
    var threshold: Double
    var learningRates: [Double]
  }

  private func difference(
    _ number: Int, _ statement: String, _ a: CertifiedArm, _ b: CertifiedArm, above threshold: Double
  ) -> Question {
    Question(
      number: number, statement: statement, values: zip(a.testAccuracy, b.testAccuracy).map { $0 - $1 },
      threshold: threshold, learningRates: [a.learningRate, b.learningRate])
  }

  private var questions: [Question] {
    let dense = best(.dense), ticket = best(.ticket), pair = closest
    return [
      Question(
        number: 1, statement: "training is long enough: its last quarter adds no more than the tolerance",
        values: dense.lateGain.map { -$0 }, threshold: -terms.tolerance, learningRates: [dense.learningRate]),
      difference(
        2, "a small dense network is clearly worse than the ticket", ticket, best(.smallDense), above: terms.gap),
      difference(
        3, "the ticket is clearly better than with newly drawn weights", ticket, best(.reinit), above: terms.gap),
      difference(
        4, "the ticket is as good as the dense network at the same learning rate", pair.ticket, pair.dense,
        above: -terms.tolerance),
      difference(5, "the ticket is as good as the dense network at its best", ticket, dense, above: -terms.tolerance),
    ]
  }

  /// That the dense network learned, the exact part of the first condition, then the five that are tested.
  package var conditions: [CertifiedCondition] {
    let questions = questions, tests = questions.map { PairedTest($0.values) }
    let ifFalse = Holm.adjusted(zip(tests, questions).map { $0.chance(above: $1.threshold) })
    let ifTrue = Holm.adjusted(zip(tests, questions).map { $0.chance(below: $1.threshold) })
    return [learningCondition, sparsityCondition].compactMap { $0 }
      + questions.indices.map { i in
        let question = questions[i]
        let state: CertifiedCondition.State =
          ifFalse[i] < terms.alpha ? .holds : ifTrue[i] < terms.alpha ? .fails : .undecided
        return CertifiedCondition(
          number: question.number, statement: question.statement, state: state, value: Interval(of: question.values),
          bootstrap: Bootstrap.interval(of: question.values, name: "round \(round)/condition \(question.number)"),
          threshold: question.threshold, chanceIfFalse: ifFalse[i], chanceIfTrue: ifTrue[i],
          learningRates: question.learningRates,
          seedsNeeded: state == .undecided
            ? tests[i].seedsNeeded(threshold: question.threshold, alpha: terms.alpha / Double(questions.count)) : nil)
      }
  }

  private var learningCondition: CertifiedCondition? {
    guard let guess else { return nil }
    let dense = best(.dense), test = LearningTest(dense.testAccuracy, against: guess)
    return CertifiedCondition(
      number: 0, statement: "the dense network learned: it is better than naming the most frequent class",
      state: test.hasLearned ? .holds : .undecided, value: Interval(of: dense.testAccuracy),
      bootstrap: Bootstrap.interval(of: dense.testAccuracy, name: "dense"), threshold: guess.share,
      chanceIfFalse: test.chance, chanceIfTrue: 1, learningRates: [dense.learningRate], seedsNeeded: nil)
  }

  private var sparsityCondition: CertifiedCondition {
    let value = Interval(mean: sparsity, low: sparsity, high: sparsity, values: [sparsity])
    let holds = sparsity >= terms.minimumSparsity
    return CertifiedCondition(
      number: 1, statement: "the sparsity is worth having", state: holds ? .holds : .fails, value: value,
      bootstrap: value, threshold: terms.minimumSparsity, chanceIfFalse: holds ? 0 : 1, chanceIfTrue: holds ? 1 : 0,
      learningRates: [], seedsNeeded: nil)
  }

  /// A warning where the best learning rate of a network that the conditions need is the highest or lowest that was tried: a
  /// better one may lie beyond. `nil` where none is.
  var sweepSentence: String? {
    let rates = Set(all(.dense).map(\.learningRate)).sorted()
    guard rates.count > 1 else { return "A single learning rate was tried, so no network was tuned." }
    func kinds(at rate: Double) -> String {
      let kinds: [CertifiedArm.Kind] = [.dense, .ticket, .reinit, .smallDense]
      return kinds.filter { best($0).learningRate == rate }.map(\.rawValue).joined(separator: ", ")
    }
    let highest = kinds(at: rates[rates.count - 1]), lowest = kinds(at: rates[0])
    let ends = [
      highest.isEmpty ? nil : "the highest for \(highest)", lowest.isEmpty ? nil : "the lowest for \(lowest)",
    ]
    let found = ends.compactMap { $0 }.joined(separator: ", and ")
    return found.isEmpty
      ? nil : "The best learning rate is \(found) of those tried: a wider --lr-sweep may change the verdict."
  }

  // MARK: verdict

  package static func verdict(_ conditions: [CertifiedCondition]) -> CertifiedVerdict {
    if conditions.contains(where: \.isIdle) { return .undecided }
    let first = conditions.filter { $0.number < 5 }, fifth = conditions.first { $0.number == 5 }
    if first.contains(where: { $0.state == .fails }) { return .none }
    if first.contains(where: { $0.state == .undecided }) { return .undecided }
    switch fifth?.state {
    case .holds: return .jackpot
    case .fails: return .secondaryPrize
    default: return .undecided
    }
  }

  /// The ticket's lead over every network that no condition needs.
  package var checks: [CertifiedCheck] {
    let ticket = best(.ticket)
    let others = CertifiedArm.Kind.checks.filter { kind in arms.contains { $0.kind == kind } }.map(best)
    let leads = others.map { zip(ticket.testAccuracy, $0.testAccuracy).map { $0 - $1 } }
    let chances = leads.map { PairedTest($0).twoSidedChance }
    return zip(zip(others, leads), Holm.adjusted(chances)).map { pair, chance in
      CertifiedCheck(
        kind: pair.0.kind, lead: Interval(of: pair.1),
        bootstrap: Bootstrap.interval(of: pair.1, name: "round \(round)/\(pair.0.kind.rawValue)"), chance: chance,
        learningRates: [ticket.learningRate, pair.0.learningRate])
    }
  }
}

extension Judge {
  /// Everything that one density's numbers say.
  package static func density(
    _ round: Int, _ remaining: Int, of weights: Int, _ terms: CertificateTerms, _ dense: [CertifiedArm],
    _ arms: [CertifiedArm], guess: GuessingShare? = nil
  ) -> CertifiedDensity {
    let density = Double(remaining) / Double(weights)
    let judge = Judge(terms, dense: dense, arms: arms, round: round, density: density, guess: guess)
    let conditions = judge.conditions, checks = judge.checks, verdict = verdict(conditions)
    let best = dense.best(.dense).testAccuracy
    // Certificates of older versions say neither.
    let idle = guess.flatMap { LearningTest(best, against: $0).sentence() }
    let few = guess != nil && best.count == 2 ? TicketClaim.doubt(seeds: 2) : nil
    return CertifiedDensity(
      round: round, remaining: remaining, density: density, arms: arms, conditions: conditions, checks: checks,
      verdict: verdict,
      sentences: [idle].compactMap { $0 } + sentences(verdict, conditions, checks, seeds: best.count)
        + [few, judge.sweepSentence].compactMap { $0 })
  }
}
