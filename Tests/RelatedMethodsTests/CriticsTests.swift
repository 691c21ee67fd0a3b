import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Methods
import TestSupport
import Testing

/// What is made of the outputs of sub-networks, and what is refused.
@Suite struct CriticsTests {
  /// Two classes, three exits, four samples: outputs by logits of how sure an exit is.
  private static let outputs = ExitOutputs(
    [
      [3, 0, 0, 0.1, 0, 4, 0.2, 0],
      [1, 0, 0, 3, 0, 1, 0, 2.5],
      [1, 0, 0, 1, 5, 0, 0, 1],
    ], classes: 2, labels: [0, 1, 1, 1])

  @Test func accuraciesAreThoseOfEachExit() {
    #expect(Self.outputs.accuracies == [0.75, 1, 0.75])
    // Sums: (5, 0), (0, 4.1), (5, 5), (0.2, 3.5); of equal sums the first class is taken.
    #expect(Self.outputs.ensembleAccuracy == 0.75)
  }

  @Test func samplesLeaveAtTheFirstExitThatIsSure() {
    // softmax of differences 3, 4: 0.953, 0.982; of 2.5: 0.924; of 1: 0.731.
    let (exits, accuracy) = Self.outputs.exits(threshold: 0.9)
    #expect(exits == [0, 1, 0, 1] && accuracy == 1)
    let sure = Self.outputs.exits(threshold: 0.97)
    #expect(sure.exits == [2, 2, 0, 2] && sure.accuracy == 1)
    #expect(Self.outputs.exits(threshold: 0.999).exits == [2, 2, 2, 2])
    #expect(Self.outputs.exits(threshold: 0.4).exits == [0, 0, 0, 0])
  }

  @Test func theSmallestWithinTheAllowanceIsChosen() {
    let accuracies = [0.80, 0.88, 0.87, 0.90]
    #expect(ExitChoice.choice(accuracies, sizes: [1, 2, 3, 4], allowance: 0.02) == 1)
    #expect(ExitChoice.choice(accuracies, sizes: [1, 5, 3, 4], allowance: 0.03) == 2)
    #expect(ExitChoice.choice(accuracies, sizes: [1, 2, 3, 4], allowance: 0) == 3)
    #expect(ExitChoice.choice(accuracies, sizes: [1, 2, 3, 4], allowance: 0.1) == 0)
  }

  private func prepare(_ changes: String...) throws {
    var settings = CriticsSettings()
    for change in Critics.example + changes { try settings.apply(change) }
    _ = try Critics(settings, seeds: [0]).prepare(DataLocator())
  }

  @Test func whatCannotWorkIsRefusedBeforeTraining() throws {
    try prepare()
    try expectUsage("train for whole epochs", "--steps 12ep") { try prepare("steps=30it") }
    try expectUsage("cannot be cut in 6 groups", "fewer --groups") { try prepare("groups=2,6") }
    try expectUsage("cannot stand beside a ticket", "reinit") { try prepare("controls=equal-compute") }
    try expectUsage("groups=2,2 is out of range", "each once") { try prepare("groups=2,2") }
    try expectUsage("groups=1 is out of range", "from 2 to 8") { try prepare("groups=1") }
    try expectUsage("thresholds=1.5 is out of range", "above 0 and below 1") { try prepare("thresholds=1.5") }
  }

  /// Groups on threads of their own give what groups one after the other give, and a run that was cut off goes on.
  @Test func threadsChangeNothing() throws {
    let scratch = try Scratch(), other = try Scratch()
    var settings = CriticsSettings()
    for change in Critics.example { try settings.apply(change) }
    func finding(_ threads: Int, _ scratch: Scratch) throws -> CriticsFinding {
      try Runner(Critics(settings, seeds: [0, 1]), threads: threads, output: scratch.url).run(locator: DataLocator())
        .finding
    }
    let one = try finding(1, scratch)
    settings.cores = 2
    let two = try finding(2, other)
    #expect(one == two && one.cuts.map(\.groups) == [2, 3] && one.tickets.count == 1)
  }
}
