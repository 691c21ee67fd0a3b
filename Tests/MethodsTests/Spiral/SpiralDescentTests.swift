import Database
import Methods
import TestSupport
import Testing

@Suite struct SpiralDescentTests {
  private let structure = SpiralStructure(2, 2, 2)

  /// A landscape where the accuracy of a mask is known: weights of the first column of the second layer are useless, any
  /// other costs a tenth; starts differ a little.
  private func accuracy(_ run: SpiralRun) -> Int {
    guard case .masked(_, let masks) = run.network else { return 0 }
    let lost = [4, 4, 4].enumerated().reduce(0) { total, layer in
      total + layer.element - masks[layer.offset].reduce(0) { $0 + $1.nonzeroBitCount }
    }
    let useless = masks[1].reduce(0) { $0 + ($1 & 2 == 0 ? 1 : 0) }
    return 1000 - 100 * (lost - useless) - 10 * (run.start ?? 0) - (run.stop == 1 ? 0 : 1)
  }

  private func records(_ runs: [SpiralRun], _ template: SpiralRecord) -> [String: SpiralRecord] {
    Dictionary(
      uniqueKeysWithValues: runs.map { run in
        var record = template
        (record.run, record.weights, record.correct, record.samples) = (run.name, run.weights, accuracy(run), 1000)
        return (run.name, record)
      })
  }

  @Test func findsTheSparsestMaskOfAKnownLandscape() throws {
    let template = try SmallSpiral.trainer().train(SpiralRun(.dense(structure), SmallSpiral.combination))
    var descent = SpiralDescent(structure: structure, target: 0.79)
    (descent.starts, descent.beam, descent.combinations) = (9, 3, [SmallSpiral.combination])
    var trained = 0.0
    let result = try descent.search { runs in
      trained += Double(runs.count)
      return records(runs, template)
    }
    // 14 weights with the classifier's two. Without the first unit of layer 1 go its two useless readers and two weights
    // that cost a tenth each; one weight more is too many.
    let best = try #require(result.best)
    #expect(best.weights == 10 && best.accuracy == 0.8)
    #expect(result.levels.map(\.weights) == Array((7...14).reversed()))
    #expect(result.cost < trained && result.whole > 0)
  }

  @Test func childrenHaveOneWeightOrUnitLess() {
    let parent = SpiralRun(.masked(structure, [[3, 1], [2, 3], [3, 3]]), SmallSpiral.combination, start: 4)
    let children = SpiralDescent.children([parent, parent])
    #expect(
      Set(children).count == children.count && children.allSatisfy { $0.weights < parent.weights && $0.start == 4 })
    let masks = Set(
      children.map { run -> [MaskEnumeration.Rows] in
        if case .masked(_, let masks) = run.network { masks } else { [] }
      })
    // One weight less: layer 1 must go on reading both inputs, layer 2 both units, every unit something.
    let weights: Set<[MaskEnumeration.Rows]> = [
      [[2, 1], [2, 3], [3, 3]], [[3, 1], [2, 1], [3, 3]], [[3, 1], [2, 3], [2, 3]], [[3, 1], [2, 3], [1, 3]],
      [[3, 1], [2, 3], [3, 2]], [[3, 1], [2, 3], [3, 1]],
    ]
    // One unit less: the first of layer 1 is all that a unit reads, the second of layer 2 the only reader of another.
    let units: Set<[MaskEnumeration.Rows]> = [
      [[3, 0], [2, 2], [3, 3]], [[3, 1], [0, 3], [1, 1]], [[3, 1], [2, 3], [0, 3]], [[3, 1], [2, 3], [3, 0]],
    ]
    #expect(masks == weights.union(units))
    #expect(children.count { $0.weights == parent.weights - 1 } == 6)
  }

  /// The trained mask has the weights that the run counts, where units are gone.
  @Test func masksOfFewerUnitsCountTheirWeights() throws {
    let trainer = try SmallSpiral.trainer(),
      run = SpiralRun(.masked(structure, [[3, 0], [2, 2], [0, 3]]), SmallSpiral.combination, start: 1)
    let record = try trainer.train(run)
    #expect(run.weights == 7 && record.weights == 7 && record.parameters == 7 + 1 + 2 + 1 + 1)
  }

  /// A descent through the table, stopped after its first runs, ends as one that was not.
  @Test func goesOnWhereItWas() throws {
    let whole = try Scratch(), stopped = try Scratch(), trainer = try SmallSpiral.trainer()
    var descent = SpiralDescent(structure: structure, target: 0.4)
    (descent.starts, descent.beam) = (3, 2)
    func tables(_ scratch: Scratch) throws -> SpiralTables { try SmallSpiral.tables(scratch) }
    let wanted = try tables(whole).descend(descent, by: trainer, threads: 2, command: "test")
    var runs: [SpiralRun] = []
    for start in 0..<2 {
      var run = SpiralRun(
        .masked(structure, [[3, 3], [3, 3], [3, 3]]), SpiralCombination(0.05, .cosine), start: start)
      run.stop = 0.1
      runs.append(run)
    }
    try tables(stopped).train(runs, by: trainer, threads: 1, command: "test")
    let found = try tables(stopped).descend(descent, by: trainer, threads: 1, command: "test")
    #expect(found.best == wanted.best && found.levels == wanted.levels && found.cost == wanted.cost)
    #expect(try tables(stopped).tables()[0].digest() == tables(whole).tables()[0].digest())
  }
}
