import Analysis
import Basics
import Testing

/// What counts as learned, as matching and as leading.
@Suite struct TicketRuleTests {
  /// SciPy: scipy.stats.binom.sf(k - 1, n, p).
  @Test(arguments: [
    (60, 100, 0.5, 0.028443966820490392), (10, 10, 0.1, 1e-10), (1, 10, 0.1, 0.6513215599), (0, 10, 0.1, 1.0),
    (1100, 10_000, 0.1, 0.0005299417355498695),
  ])
  func binomialChancesAreScipys(_ hits: Int, _ trials: Int, _ p: Double, _ wanted: Double) {
    #expect(abs(Binomial.chance(ofAtLeast: hits, of: trials, each: p) - wanted) < 1e-9)
  }

  @Test func networksAtTheMajorityShareHaveNotLearned() {
    let guess = GuessingShare(labels: [0, 0, 0, 1, 1, 2].flatMap { Array(repeating: $0, count: 60) })
    #expect(guess == GuessingShare(share: 0.5, samples: 360))
    for accuracies in [[0.5, 0.5, 0.5], [0.1], [0.53, 0.49], [0.0, 0.0]] {
      let test = LearningTest(accuracies, against: guess)
      #expect(!test.hasLearned && test.sentence()?.contains("did not learn") == true, "\(accuracies)")
    }
    #expect(
      LearningTest([0.9, 0.5], against: guess).hasLearned && LearningTest([0.6], against: guess).sentence() == nil)
    #expect(!LearningTest([1], against: GuessingShare(share: 1, samples: 50)).hasLearned, "a single class")
  }

  /// The interval of 77.64 against 76.94 over two seeds: -11.66 to +13.05.
  @Test func matchingIsShownNotHopedFor() {
    func match(_ differences: [Double], margin: Double = 0.005) -> Standing {
      Standing.match(
        Interval(of: differences.map { 0.8 + $0 }), Interval(of: differences.map { _ in 0.8 }), margin: margin)
    }
    let wide = match([-0.0027, 0.0167])
    #expect(!wide.isShown && !wide.isRefuted && wide.seedsNeeded == 8, "\(wide.text), \(wide.remedy)")
    #expect(wide.remedy == "about 8 seeds would decide")
    #expect(match([-0.001, 0.001, 0, 0.0005]).isShown && match([-0.02, -0.021, -0.0195]).isRefuted)
    #expect(!match([0.3]).isShown && match([0.3]).remedy.contains("one seed"))
    // Without spread the sign test decides, by six seeds.
    #expect(!match([0, 0]).isShown && match([0, 0]).seedsNeeded == 6)
    #expect(match([Double](repeating: 0, count: 6)).isShown)
    #expect(match([-0.005, -0.005]).seedsNeeded == nil, "exactly at the margin")
  }

  @Test func theSparsestMatchIsTheLastThatIsShown() {
    func round(_ mean: Double, _ spread: Double) -> Standing {
      let values = [-1.0, 0, 1].map { mean + spread * $0 }
      return Standing.match(Interval(of: values), Interval(of: [0, 0, 0]), margin: 0.005)
    }
    #expect([round(0, 0.0001), round(0.001, 0.0001), round(0.01, 0.1)].sparsestMatch(tolerance: 0.002) == 1)
    #expect([round(0, 0.1), round(-0.001, 0.1), round(-0.01, 0.1)].sparsestMatch(tolerance: 0.002) == 1)
    #expect([round(-0.01, 0.1)].sparsestMatch(tolerance: 0.002) == nil)
  }
}
