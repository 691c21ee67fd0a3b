import Analysis
import Basics
import Testing
import Tickets

/// What verdicts say of tickets.
@Suite struct TicketClaimTests {
  private func interval(_ mean: Double, seeds: Int = 5, spread: Double = 0.0003) -> Interval {
    Interval(of: (0..<seeds).map { mean + spread * Double(($0 * 7 + Int(mean * 1000)) % 5 - 2) })
  }

  private func claim(_ ticket: Double, _ controls: [(any Control.Type, Double)], seeds: Int = 5) -> TicketClaim {
    TicketClaim(
      ticket: interval(ticket, seeds: seeds), dense: interval(0.9, seeds: seeds), margin: 0.005,
      controls: controls.map { ($0, interval($1, seeds: seeds)) })
  }

  @Test func winningNeedsTheMatchAndBothLeads() {
    let both: [(any Control.Type, Double)] = [(Reinitialised.self, 0.88), (ShuffledMask.self, 0.87)]
    let won = claim(0.901, both)
    #expect(won.isWinning && won.match.isShown && won.sentences("10 %").last!.hasPrefix("It is a winning ticket"))
    #expect(won.sentences("10 %")[0].hasPrefix("The sparsest matching ticket keeps 10 %"))
    // One thing is missing in each.
    for (other, word) in [
      (claim(0.88, both.map { ($0.0, 0.7) }), "that it matches the dense network"),
      (claim(0.901, [(Reinitialised.self, 0.901), (ShuffledMask.self, 0.87)]), Reinitialised.phrase),
      (claim(0.901, [(Reinitialised.self, 0.88), (ShuffledMask.self, 0.901)]), ShuffledMask.phrase),
      (claim(0.901, [(Reinitialised.self, 0.88)]), "a lead over \(ShuffledMask.phrase) (that control was not run)"),
      (claim(0.901, []), Reinitialised.phrase),
    ] {
      let last = other.sentences("10 %").last!
      #expect(
        !other.isWinning && last.hasPrefix("It is not shown to be a winning ticket") && last.contains(word), "\(last)")
    }
    #expect(claim(0.88, both, seeds: 6).sentences("10 %")[0].contains("does not match"))
  }

  @Test func fewSeedsAreToldWhatTheyAre() {
    let both: [(any Control.Type, Double)] = [(Reinitialised.self, 0.88), (ShuffledMask.self, 0.87)]
    #expect(claim(0.901, both, seeds: 2).sentences("10 %").last!.hasPrefix("Two seeds decide little"))
    let one = claim(0.901, both, seeds: 1)
    #expect(!one.isWinning && one.sentences("10 %")[0].contains("one seed has no interval"))
    #expect(one.sentences("10 %").last!.hasPrefix("One seed shows nothing"))
  }
}
