import Basics
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

/// The pages of `attack` and `boost`.
@Suite struct RobustPageTests {
  private static func decoded<Value: Decodable>(_ object: [String: Any]) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONSerialization.data(withJSONObject: object))
  }

  private static func robust(named name: String) throws -> Document {
    let attack: [String: Any] = [
      "name": name, "isBlackBox": true, "accuracy": 0.5, "seconds": 1.5, "forwardPasses": 21, "backwardPasses": 20,
    ]
    let finding: RobustFinding = try decoded([
      "command": "attack", "ticket": name, "digest": name, "network": name, "data": name, "density": 0.2,
      "ball": "linf", "epsilon": 0.1, "seed": 3, "samples": 100, "cleanAccuracy": 0.9, "attacks": [attack],
      "worstCase": 0.45, "curve": [["epsilon": 0, "accuracy": 0.9], ["epsilon": 0.1, "accuracy": 0.5]],
      "flags": [["name": name, "isRaised": true, "finding": name]], "provenAccuracy": 0.1, "provenSamples": 20,
      "provenSeconds": 0.3,
    ])
    return finding.document
  }

  private static func boost(named name: String) throws -> Record<BoostFinding> {
    let half: [String: Any] = ["mean": 0.5, "low": 0.4, "high": 0.6, "values": [0.45, 0.55]]
    let point: [String: Any] = [
      "step": 10, "validationLoss": 1, "validationAccuracy": 0.5, "testAccuracy": 0.5, "validationFGSM": 0.4,
      "validationPGD": 0.3,
    ]
    let arms: [[String: Any]] = ["ticket", "winning", "reinit", name].map { arm in
      [
        "name": arm, "density": 0.2, "learningRate": 0.1, "early": [["step": 10, "accuracy": half]],
        "validationAccuracy": half, "testAccuracy": half, "fgsmAccuracy": half, "pgdAccuracy": half, "area": half,
        "seedsAtTarget": 1, "maskSeconds": 0.5, "trainingSeconds": 3, "attackSeconds": 2, "evaluationSeconds": 1,
        "overfitsSingleStepAt": [-1, 10], "curve": [point, point],
      ]
    }
    let mask: [String: Any] = [
      "name": name, "learningRate": 0.01, "objective": name, "seconds": 1, "attackSeconds": 0, "correlation": half,
      "distance": [half], "maskedDistance": [half], "overfitsSingleStepAt": [-1, -1],
    ]
    return try decoded([
      "command": "boost", "settings": [name: name, "model": name, "data": name], "seeds": [0, 1], "masks": [mask],
      "arms": arms, "bestDense": name, "measure": "validationPGD", "target": 0.3, "timeRatio": 0.5, "verdict": [name],
      "reproduce": name,
    ])
  }

  @Test(arguments: Hostile.names + ["plain"], [true, false])
  func hostileNamesAreInert(_ name: String, _ drawn: Bool) throws {
    for document in [try Self.robust(named: name), Boost.report(try Self.boost(named: name))] {
      let text = document.html(chartScript: drawn ? "let x;" : nil)
      try Markup.check(text)
      #expect(text.contains(HTMLText.escape(name)))
      #expect(!Markup.tags(of: text).contains { $0.contains(" onmouseover=\"") || $0.contains(" onerror=\"") })
    }
  }

  @Test func figuresAreOnThePage() throws {
    let robust = try Self.robust(named: "pgd:20"), page = robust.html(chartScript: nil)
    for text in ["90.00", "45.00", "10.00", "worst case", "raised", "interval bounds on 20 samples"] {
      #expect(page.contains(text) && robust.text.contains(text), "\(text)")
    }
    let boost = Boost.report(try Self.boost(named: "dense 0.1")), html = boost.html(chartScript: nil)
    for text in ["50.00", "R of a tenth", "PGD-20", "Mask phase"] {
      #expect(html.contains(text) && boost.text.contains(text), "\(text)")
    }
  }

  /// Sentences come from the finding alone.
  @Test func boostSaysWhatItFound() throws {
    let verdict = Boost.verdict(try Self.boost(named: "dense 0.1"))
    #expect(verdict[0].hasPrefix("After 10 steps the boosting ticket has 50.00 % validation accuracy"))
    #expect(verdict[1].hasPrefix("Neither is shown to lead in final accuracy under PGD-20"))
    #expect(verdict[2].hasPrefix("1 of 2 tickets reach"))
    #expect(verdict.contains { $0.hasPrefix("Catastrophic overfitting: dense 0.1 ") && $0.contains("step -, 10 on") })
  }
}
