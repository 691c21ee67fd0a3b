import Basics
import Methods
import Testing

/// Verdicts on made-up accuracies, one for every way in which a sub-network can fail.
@Suite struct JudgeTests {
  private typealias Kind = CertifiedArm.Kind
  private let rates = [0.01, 0.1]
  private let terms: CertificateTerms = {
    var terms = CertifySettings().terms
    (terms.learningRates, terms.rounds, terms.checks) = ([0.01, 0.1], [3], [.shuffled])
    return terms
  }()
  private let noise = [0.001, -0.001, 0.0005, -0.0004, 0]

  /// An arm around a mean, with the same seeds' noise in every arm times `spread`, and its own beside it.
  private func arm(
    _ kind: Kind, _ rate: Double, _ mean: Double, spread: Double = 1, gain: Double = 0, seeds: Int = 5
  ) -> CertifiedArm {
    let phase = Double(Kind.allCases.firstIndex(of: kind)!)
    let values = (0..<seeds).map { seed in
      let wiggle = (seed * 7 + Int(phase) * 3) % 5 - 2
      let deviation: Double = noise[seed % 5] + 0.0003 * Double(wiggle)
      return mean + spread * deviation
    }
    return try! CertifiedArm(json: [
      "kind": kind.rawValue, "learningRate": rate, "weights": 100, "testAccuracy": values,
      "validationAccuracy": values.map { $0 + 0.001 },
      "lateGain": (0..<seeds).map { gain + 0.0002 * Double($0 % 3 - 1) }, "digests": values.map { "\($0)" },
    ])
  }

  /// Accuracies at the rates 0.01 and 0.1.
  private struct Table {
    var dense = [0.88, 0.90]
    var ticket = [0.88, 0.90]
    var reinit = [0.85, 0.87]
    var small = [0.80, 0.85]
    var shuffled = [0.86, 0.88]
    var gain = 0.001
    var spread = 1.0
    var density = 0.1
    var seeds = 5
  }

  private func judge(_ table: Table) -> CertifiedDensity {
    func both(_ kind: Kind, _ means: [Double], gain: Double = 0) -> [CertifiedArm] {
      zip(rates, means).map { arm(kind, $0, $1, spread: table.spread, gain: gain, seeds: table.seeds) }
    }
    let dense = both(.dense, table.dense, gain: table.gain)
    let arms =
      both(.ticket, table.ticket) + both(.reinit, table.reinit) + both(.smallDense, table.small)
      + both(.shuffled, table.shuffled)
    return Judge.density(3, Int(1000 * table.density), of: 1000, terms, dense, arms)
  }

  private func states(_ density: CertifiedDensity) -> [CertifiedCondition.State] { density.conditions.map(\.state) }

  @Test func allFiveMakeAJackpot() {
    let found = judge(Table())
    #expect(found.verdict == .jackpot && states(found) == [.holds, .holds, .holds, .holds, .holds, .holds])
    #expect(found.sentences[0].contains("Jackpot"))
    #expect(found.conditions.map(\.number) == [1, 1, 2, 3, 4, 5])
  }

  /// The ticket is as good as the dense network at 0.01, where that is poor, but not at the dense network's best.
  @Test func withoutTheFifthItIsASecondaryPrize() {
    var table = Table()
    (table.ticket, table.reinit, table.small) = ([0.88, 0.87], [0.83, 0.84], [0.80, 0.82])
    let found = judge(table)
    #expect(found.verdict == .secondaryPrize && states(found) == [.holds, .holds, .holds, .holds, .holds, .fails])
    #expect(found.sentences[0].contains("condition 5 fails") && found.sentences[0].contains("by 1.5"))
    #expect(found.conditions[4].learningRates == [0.01, 0.01], "the rate where it matches")
    #expect(found.conditions[5].learningRates == [0.01, 0.1], "each at its best")
  }

  @Test func aSmallDenseNetworkAsGoodMakesNone() {
    var table = Table()
    table.small = [0.85, 0.90]
    let found = judge(table)
    #expect(found.verdict == .none && states(found)[2] == .fails)
    #expect(found.sentences[0].contains("condition 2 fails"))
  }

  /// At the ticket's own learning rate it beats new weights by far; at another they are as good.
  @Test func newWeightsAtAnotherRateMakeNone() {
    var table = Table()
    (table.ticket, table.reinit) = ([0.90, 0.86], [0.85, 0.90])
    let found = judge(table)
    #expect(found.verdict == .none && states(found)[3] == .fails)
    #expect(found.conditions[3].learningRates == [0.01, 0.1])
  }

  @Test func worseThanDenseAtEveryRateMakesNone() {
    var table = Table()
    (table.ticket, table.reinit, table.small) = ([0.85, 0.87], [0.80, 0.82], [0.7, 0.7])
    let found = judge(table)
    #expect(found.verdict == .none && states(found)[4] == .fails && states(found)[5] == .fails)
  }

  @Test func lowSparsityOrShortTrainingMakesNone() {
    var table = Table()
    table.density = 0.5
    #expect(judge(table).verdict == .none && states(judge(table))[0] == .fails)
    table = Table()
    table.gain = 0.02
    #expect(judge(table).verdict == .none && states(judge(table))[1] == .fails)
  }

  /// The lead over new weights is about the gap: the seeds cannot tell, and the number that could is named.
  @Test func aLeadNearTheGapIsUndecided() {
    var table = Table()
    (table.reinit, table.spread) = ([0.85, 0.8935], 6)
    let found = judge(table), condition = found.conditions[3]
    #expect(found.verdict == .undecided && condition.state == .undecided)
    #expect((condition.seedsNeeded ?? 0) > 5)
    #expect(found.sentences.contains { $0.contains("\(condition.seedsNeeded!) seeds would decide it") })
  }

  @Test func ratesAtTheEndOfTheSweepAreNamed() {
    var table = Table()
    #expect(judge(table).sentences.last?.contains("the highest for dense, ticket, reinit, small-dense of") == true)
    (table.dense, table.ticket) = ([0.92, 0.90], [0.92, 0.90])
    let sentence = judge(table).sentences.last
    #expect(sentence?.contains("the highest for reinit, small-dense, and the lowest for dense, ticket of") == true)
  }

  @Test func oneSeedDecidesNothing() {
    var table = Table()
    table.seeds = 1
    let found = judge(table)
    #expect(found.verdict == .undecided && found.sentences.contains { $0.contains("--seeds") })
    table.small = [0.85, 0.95]
    #expect(judge(table).verdict == .undecided, "not even against the ticket")
  }

  /// Only the fifth is open: at least the secondary prize.
  @Test func anOpenFifthLeavesASecondaryPrize() {
    var table = Table()
    (table.dense, table.ticket, table.reinit, table.small, table.spread) =
      ([0.85, 0.90], [0.90 - 0.0045, 0.80], [0.80, 0.80], [0.7, 0.7], 6)
    let found = judge(table)
    #expect(states(found).dropLast().allSatisfy { $0 == .holds } && states(found)[5] == .undecided)
    #expect(found.verdict == .undecided && found.sentences[0].contains("at least a secondary prize"))
  }

  /// Rates are chosen by validation accuracy, never by the test set.
  @Test func theTestSetChoosesNothing() {
    var arms = rates.map { arm(.ticket, $0, $0 == 0.01 ? 0.90 : 0.89) }
    arms[1].validationAccuracy = arms[1].validationAccuracy.map { $0 + 0.05 }
    let others = rates.flatMap { [arm(.reinit, $0, 0.8), arm(.smallDense, $0, 0.8)] }
    let found = Judge.density(3, 100, of: 1000, terms, rates.map { arm(.dense, $0, 0.9) }, arms + others)
    #expect(found.conditions[3].learningRates[0] == 0.1)
  }

  @Test func checksAreLeads() {
    let found = judge(Table())
    #expect(found.checks.map(\.kind) == [.shuffled])
    #expect(abs(found.checks[0].lead.mean - 0.02) < 0.001 && found.checks[0].chance < 0.05)
    #expect(found.checks[0].bootstrap.low <= found.checks[0].lead.mean)
  }
}
