import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import TestSupport
import Testing
import Tickets

/// Edge-popup and binary tickets as experiments; the searches themselves are tested where the scores are.
@Suite struct ScoreTests {
  private static let small = ["data=digits", "model=mlp:24,16", "batch=64", "validation=200"]

  private func runner<Score: ScoreExperiment>(
    _: Score.Type, _ scratch: Scratch, _ changes: [String], seeds: [UInt64] = [0]
  ) throws -> Runner<Score> {
    var settings = Score.Settings()
    for change in Self.small + changes { try settings.apply(change) }
    return Runner(Score(settings, seeds: seeds), threads: 2, output: scratch.url)
  }

  /// The share is chosen on the validation samples, and that a mask belongs to its weights is said where it is shown.
  @Test func sharesAreChosenByValidation() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(
      Popup.self, scratch, ["steps=5ep", "keep=0.2,0.35,0.5,0.65,0.8"], seeds: [0, 1, 2])
    let record = try runner.run(locator: DataLocator()), finding = record.finding
    let best = try #require(finding.best)
    let validated = finding.levels.map { $0.arms[0].curve.last!.validationAccuracy }
    #expect(best.arm.curve.last!.validationAccuracy == validated.max())
    #expect(record.verdict.contains { $0.hasPrefix("The mask belongs to its weights: ") })
    let one = try self.runner(Popup.self, scratch, ["steps=1it", "keep=0.5"]).run(locator: DataLocator())
    #expect(!one.verdict.contains { $0.hasPrefix("The mask belongs") })
  }

  /// All networks have the batch norm that was trained: with nearly all weights kept, shuffling the mask costs nearly nothing.
  @Test func trainedNormsAreShared() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(
      Biprop.self, scratch, ["model=bn-conv-2:0.1", "steps=4ep", "keep=0.99", "learn-bn=true"])
    let arm = try #require(try runner.run(locator: DataLocator()).finding.levels.first?.arms.first)
    #expect(arm.accuracy.mean > arm.unsearched.mean + 0.2)
    #expect(abs(arm.shuffled.mean - arm.accuracy.mean) < 0.1)
  }

  /// Signed constants are signs times a gain already: the page does not compare a network with itself.
  @Test func equalNetworksAreNotCompared() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    func verdict(_ changes: [String]) throws -> String {
      let record = try runner(Biprop.self, scratch, ["steps=3ep"] + changes).run(locator: DataLocator())
      return record.verdict.joined(separator: " ")
    }
    #expect(try verdict([]).contains("Edge-popup is the very same network here"))
    #expect(try verdict(["initializer=kaiming-normal"]).contains("Edge-popup, whose weights keep all their bits"))
  }

  @Test(arguments: [
    ("keep=1e-9", "none of the weights"), ("keep=0.999999", "all of the weights"), ("keep=0.5,0.5", "each once"),
  ])
  func sharesThatChooseNothingAreRefused(_ change: String, _ words: String) throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let problem = try #require(throws: Problem.self) {
      try runner(Popup.self, scratch, [change]).run(locator: DataLocator())
    }
    #expect(problem.kind == .usage && problem.description.contains(words), "\(problem)")
  }
}
