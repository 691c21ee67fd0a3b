import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

@Suite struct PatternTests {
  private func runner(_ scratch: Scratch, _ changes: String..., seeds: [UInt64] = [0]) throws -> Runner<PatternLearning>
  {
    var settings = PatternSettings()
    for change in changes { try settings.apply(change) }
    return Runner(PatternLearning(settings, seeds: seeds), threads: 2, output: scratch.url)
  }

  /// A pattern of three signs among 24: what sees windows learns it, what sees random signs mostly does not.
  @Test func windowsLearnAndRandomMasksDoNot() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let finding = try runner(scratch, "data=k-pattern:24,3,parity,48000", "filters=32").run(locator: DataLocator())
      .finding
    let accuracy = Dictionary(uniqueKeysWithValues: finding.networks.map { ($0.network, $0.testAccuracy.mean) })
    #expect(accuracy[.convolutional]! > 0.95 && accuracy[.locallyConnected]! > 0.95)
    #expect(accuracy[.randomMask]! < 0.7)
    let parameters = finding.networks.map(\.parameters)
    #expect(abs(parameters[1] - parameters[2]) < 60, "the fully connected network has as many parameters")
    #expect(parameters[1] == parameters[3])
    #expect(finding.networks.allSatisfy { $0.curve.last!.samples <= 48_000 })
  }

  /// Folders have the names that they had when patterns were a form of sifting.
  @Test func foldersKeepTheirNames() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    #expect(
      try runner(scratch, "data=k-pattern:12,2,parity,12800", "filters=8").folder.lastPathComponent
        == "sift-2e63527e1728")
    #expect(PatternLearning.wasCalled("sift", ["data": "k-pattern:12,2"]))
    #expect(
      !PatternLearning.wasCalled("sift", ["data": "digits"])
        && !PatternLearning.wasCalled("find", ["data": "k-pattern"]))
  }

  @Test func refusesWhatIsNoPattern() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    for changes in [["data=digits"], ["filters=1000000"]] {
      #expect(throws: Problem.self) {
        var settings = PatternSettings()
        for change in changes { try settings.apply(change) }
        _ = try PatternLearning(settings, seeds: [0]).prepare(DataLocator())
      }
    }
    #expect(throws: Problem.self) { try runner(scratch, "model=lenet-5") }
  }

  @Test(arguments: Hostile.names) func namesAreEscaped(_ name: String) throws {
    let half: [String: Any] = ["mean": 0.5, "low": 0.4, "high": 0.6, "values": [0.5, 0.5]]
    let network: [String: Any] = [
      "network": "convolutional", "summary": name, "parameters": 3, "testAccuracy": half,
      "curve": [["samples": 0, "accuracy": 0.5]],
    ]
    let object: [String: Any] = [
      "command": name, "settings": [name: name], "seeds": [0, 1], "reproduce": name, "seconds": 1.5,
      "data": name, "filters": 3, "place": 1, "networks": [network],
    ]
    let record = try JSONDecoder().decode(
      Record<PatternFinding>.self, from: JSONSerialization.data(withJSONObject: object))
    let page = PatternLearning.report(record).html(chartScript: nil)
    try Markup.check(page)
    #expect(!page.contains("<script>alert") && page.contains(HTMLText.escape(name)))
  }
}
