import Basics
import Pages
import Report
import TestSupport
import Testing

/// The pages of `attack` and `boost`.
@Suite struct RobustReportTests {
  private static func robust(named name: String) -> RobustResult {
    var result = RobustResult(
      ticket: name, digest: name, network: name, data: name, density: 0.2, ball: "linf", epsilon: 0.1, seed: 3,
      samples: 100, cleanAccuracy: 0.9,
      attacks: [
        AttackResult(
          name: name, isBlackBox: true, accuracy: 0.5, seconds: 1.5, forwardPasses: 21, backwardPasses: 20)
      ], worstCase: 0.45,
      curve: [RobustPoint(epsilon: 0, accuracy: 0.9), RobustPoint(epsilon: 0.1, accuracy: 0.5)],
      flags: [MaskingFlag(name: name, isRaised: true, finding: name)])
    (result.provenAccuracy, result.provenSamples, result.provenSeconds) = (0.1, 20, 0.3)
    return result
  }

  private static func boost(named name: String) -> BoostResult {
    let half = Interval(mean: 0.5, low: 0.4, high: 0.6, values: [0.45, 0.55])
    let point = CurvePoint(
      step: 10, validationLoss: 1, validationAccuracy: 0.5, testAccuracy: 0.5, validationFGSM: 0.4, validationPGD: 0.3)
    let arm = BoostArm(
      name: name, density: 0.2, learningRate: 0.1, early: [.init(step: 10, accuracy: half)], validationAccuracy: half,
      testAccuracy: half, fgsmAccuracy: half, pgdAccuracy: half, area: half, epochsToTarget: nil,
      seedsAtTarget: 1, secondsToTarget: nil, maskSeconds: 0.5, trainingSeconds: 3,
      attackSeconds: 2, evaluationSeconds: 1, overfitsSingleStepAt: [-1, 10], curve: [point, point])
    let mask = MaskPhase(
      name: name, learningRate: 0.01, objective: name, seconds: 1, attackSeconds: 0, correlation: half,
      distance: [half], maskedDistance: [half], overfitsSingleStepAt: [-1, -1])
    return BoostResult(
      settings: [name: name, "model": name, "data": name], seeds: [0, 1], masks: [mask], arms: [arm], bestDense: name,
      measure: "validationPGD", target: 0.3, timeRatio: 0.5, verdict: [name], reproduce: name)
  }

  @Test(arguments: Hostile.names + ["plain"], [true, false])
  func hostileNamesAreInert(_ name: String, _ drawn: Bool) throws {
    let script = drawn ? "let x;" : nil
    for text in [
      RobustReport(Self.robust(named: name), chartScript: script).html(),
      BoostReport(Self.boost(named: name), chartScript: script).html(),
    ] {
      try Markup.check(text)
      #expect(text.contains(HTMLText.escape(name)))
      #expect(!Markup.tags(of: text).contains { $0.contains(" onmouseover=\"") || $0.contains(" onerror=\"") })
    }
  }

  @Test func figuresAreOnThePage() {
    let robust = RobustReport(Self.robust(named: "pgd:20"), chartScript: nil).html()
    for text in ["90.00", "45.00", "10.00", "worst case", "raised"] { #expect(robust.contains(text), "\(text)") }
    let boost = BoostReport(Self.boost(named: "ticket"), chartScript: nil).html()
    for text in ["50.00", "R of a tenth", "PGD-20", "Mask phase"] { #expect(boost.contains(text), "\(text)") }
  }
}
