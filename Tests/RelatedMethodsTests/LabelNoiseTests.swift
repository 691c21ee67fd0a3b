import Basics
import Foundation
import Methods
import Testing
import Training

/// Wrong labels, and which samples are kept in spite of them.
@Suite struct LabelNoiseTests {
  private let truth = (0..<1000).map { Int32($0 * 7 % 10) }

  @Test(arguments: [0.2, 0.5, 0.333])
  func symmetricNoiseIsExact(rate: Double) {
    let noise = LabelNoise(.symmetric, rate: rate), labels = noise.applied(to: truth, classes: 10, seed: 4)
    #expect(zip(labels, truth).count { $0 != $1 } == Int((rate * 1000).rounded()))
    #expect(labels == noise.applied(to: truth, classes: 10, seed: 4))
    #expect(labels != noise.applied(to: truth, classes: 10, seed: 5))
    // Each other class is equally likely: none of ten shares of 50 is beyond 99.9 % of its binomial.
    let wrong = zip(labels, truth).filter { $0 != $1 }
    for shift in 1..<10 {
      let count = wrong.count { (Int($0.0) - Int($0.1) + 10) % 10 == shift }
      #expect(abs(Double(count) - Double(wrong.count) / 9) < 4 * (Double(wrong.count) / 9).squareRoot())
    }
  }

  @Test func pairNoiseIsExactInEveryClass() {
    let labels = LabelNoise(.pair, rate: 0.45).applied(to: truth, classes: 10, seed: 0)
    for c in Int32(0)..<10 {
      let members = truth.indices.filter { truth[$0] == c }
      #expect(members.count { labels[$0] == (c + 1) % 10 } == 45 && members.count { labels[$0] == c } == 55)
    }
  }

  @Test(arguments: ["none", "symmetric:0.5", "pair:0.45"])
  func wordsAreReadBack(text: String) throws {
    #expect(try #require(LabelNoise(setting: text)).settingText == text)
  }

  @Test(arguments: ["symmetric", "symmetric:0", "symmetric:1", "pair:x", "asymmetric:0.2", ""])
  func otherWordsAreNot(text: String) { #expect(LabelNoise(setting: text) == nil) }

  @Test func theKeptShareFalls() {
    var settings = SelfEnsembleSettings()
    (settings.warmup, settings.ramp) = (3, 10)
    #expect((0..<3).allSatisfy { settings.keptShare(epoch: $0) == 1 })
    #expect(abs(settings.keptShare(epoch: 3) - 0.8) < 1e-12 && abs(settings.keptShare(epoch: 9) - 0.5) < 1e-12)
    #expect(settings.keptShare(epoch: 40) == 0.5)
  }

  @Test func ranksAndChoicesGoByIndexWhereEqual() {
    #expect(SampleScores.ranks([3, 1, 2, 1]) == [0.75, 0, 0.5, 0.25])
    #expect(SampleScores.lowest([3, 1, 2, 1], share: 0.25) == [false, true, false, false])
    #expect(SampleScores.lowest([1, 1, 1, 1], share: 0.5) == [true, true, false, false])
    #expect(SampleScores.lowest([1, 2], share: 0) == [false, false])
  }

  @Test func lossesAndDisagreementAreWhatTheyAreDefinedAs() {
    let outputs: [Float] = [0, 0, 2, 0], losses = SampleScores.losses(outputs, classes: 2, labels: [0, 1])
    #expect(abs(losses[0] - Float(log(2.0))) < 1e-6 && abs(losses[1] - Float(log(1 + exp(2.0)))) < 1e-5)
    #expect(SampleScores.predictions(outputs, classes: 2) == [0, 0])
    #expect(SampleScores.disagreement([outputs, outputs], classes: 2) == [0, 0])
    let far = SampleScores.disagreement([[30, 0], [0, 30]], classes: 2)
    #expect(abs(far[0] - Float(log(2.0))) < 1e-5)
  }
}
