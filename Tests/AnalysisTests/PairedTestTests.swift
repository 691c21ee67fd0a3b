import Analysis
import Basics
import Testing

@Suite struct PairedTestTests {
  /// SciPy: scipy.stats.ttest_1samp(x, threshold, alternative='greater').
  @Test func chancesAreScipys() {
    let test = PairedTest([0.012, 0.005, 0.009, -0.001, 0.007])
    #expect(abs(test.mean - 0.0064) < 1e-15 && abs(test.deviation - 0.004878524367060188) < 1e-12)
    #expect(abs(test.chance(above: 0) - 0.02133368492739622) < 1e-12)
    #expect(abs(test.chance(above: 0.005) - 0.27799966633325046) < 1e-12)
    #expect(abs(test.chance(below: 0.005) - 0.7220003336667495) < 1e-12)
    #expect(abs(test.chance(above: 0) + test.chance(below: 0) - 1) < 1e-12)
  }

  @Test func nothingIsKnownFromOneSeed() {
    #expect(PairedTest([0.3]).chance(above: 0) == 1 && PairedTest([0.3]).chance(below: 0) == 1)
    #expect(PairedTest([0.3, 0.3]).chance(above: 0) == 0.25 && PairedTest([0.3, 0.3]).chance(above: 0.3) == 1)
    #expect(PairedTest([0.1, 0.1, 0.1]).chance(above: 0) == 0.125, "its mean is rounded")
    #expect(PairedTest([0.3, 0.3]).seedsNeeded(threshold: 0, alpha: 0.05) == nil)
  }

  /// Statsmodels: TTestPower().solve_power(effect_size=0.5, alpha=0.05, power=0.8, alternative='larger') is 26.1.
  @Test func seedsNeededAreNearTheExactPower() throws {
    let test = PairedTest([-0.5, 0.5, 1.5].map { $0 })
    let needed = try #require(test.seedsNeeded(threshold: 0, alpha: 0.05))
    #expect(26...28 ~= needed)
    #expect(PairedTest([0.0, 0.002]).seedsNeeded(threshold: 0.001, alpha: 0.05) == nil)
  }

  @Test func holmIsStepDown() {
    #expect(Holm.adjusted([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02])
    #expect(Holm.adjusted([0.5, 0.9]) == [1, 1])
    #expect(Holm.adjusted([]) == [])
  }

  @Test func resamplingIsRepeatableAndNearTheTruth() {
    let values = (0..<40).map { Double($0 * 37 % 40) / 40 }
    let found = Bootstrap.interval(of: values, name: "test"), exact = Interval(of: values)
    #expect(found == Bootstrap.interval(of: values, name: "test"))
    #expect(found != Bootstrap.interval(of: values, name: "other"))
    #expect(found.mean == exact.mean && abs(found.low - exact.low) < 0.01 && abs(found.high - exact.high) < 0.01)
    #expect(Bootstrap.interval(of: [0.5], name: "one").low == 0.5)
  }

  @Test func quantilesInvertTheDistribution() {
    for degrees in [1, 2, 5, 30] {
      for p in [0.4, 0.1, 0.05, 0.01, 0.001] {
        #expect(
          abs(StudentT.twoSided(t: StudentT.quantile(twoSided: p, degrees: degrees), degrees: degrees) - p) < 1e-9)
      }
    }
  }
}
