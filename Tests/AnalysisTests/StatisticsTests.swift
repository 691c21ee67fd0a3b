import Analysis
import Basics
import Foundation
import Testing

@Suite struct StatisticsTests {
  /// From any table of Student's t.
  @Test(arguments: [
    (1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (10, 2.228), (30, 2.042), (100, 1.984),
  ])
  func quantilesAreThoseOfTheTables(_ degrees: Int, _ quantile: Double) {
    #expect(abs(StudentT.quantile95(degrees: degrees) - quantile) < 0.0005)
    #expect(abs(StudentT.twoSided(t: quantile, degrees: degrees) - 0.05) < 0.0001)
  }

  @Test func oneDegreeIsCauchyAndManyAreNormal() {
    for t in [0.0, 0.1, 1, 3, 50] {
      #expect(abs(StudentT.twoSided(t: t, degrees: 1) - (1 - 2 * atan(t) / Double.pi)) < 1e-12, "t \(t)")
      #expect(abs(StudentT.twoSided(t: t, degrees: 2) - (1 - t / (2 + t * t).squareRoot())) < 1e-12, "t \(t)")
    }
    #expect(abs(StudentT.quantile95(degrees: 1_000_000) - 1.959966) < 1e-5)
  }

  @Test func intervalsAreThoseOfTheFormula() {
    let interval = Interval(of: [1, 2, 3, 4, 5])
    let half = 2.776445 * (2.5 / 5).squareRoot()
    #expect(interval.mean == 3 && interval.values == [1, 2, 3, 4, 5])
    #expect(abs(interval.low - (3 - half)) < 1e-5 && abs(interval.high - (3 + half)) < 1e-5)
    #expect(Interval(of: [0.5]) == Interval(mean: 0.5, low: 0.5, high: 0.5, values: [0.5]))
    #expect(Interval(of: [2, 2, 2]) == Interval(mean: 2, low: 2, high: 2, values: [2, 2, 2]))
  }

  @Test func differencesArePairedBySeed() {
    let a = Interval(of: [0.90, 0.80, 0.70]), b = Interval(of: [0.89, 0.79, 0.69])
    let difference = a.difference(to: b)
    #expect(abs(difference.mean - 0.01) < 1e-12)
    #expect(difference.high - difference.low < 1e-10, "seeds differ widely, their differences do not")
    #expect(difference.low > 0)
  }
}
