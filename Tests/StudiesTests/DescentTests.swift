import Studies
import TestSupport
import Testing

@Suite struct DescentTests {
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
    let template = try Small.trainer().train(SpiralRun(.dense(structure), Small.combination))
    var descent = SpiralDescent(structure: structure, target: 0.79)
    (descent.starts, descent.beam, descent.combinations) = (9, 3, [Small.combination])
    var trained = 0.0
    let result = try descent.search { runs in
      trained += Double(runs.count)
      return records(runs, template)
    }
    // Of four weights a layer and two of the classifier, one useless weight can go (the other would leave a column empty), and two more.
    let best = try #require(result.best)
    #expect(best.weights == 14 - 3 && best.accuracy == 0.8)
    #expect(result.levels.map(\.weights) == Array((9...14).reversed()))
    #expect(result.cost < trained && result.whole > 0)
  }

  @Test func childrenHaveOneWeightLessAndNoEmptyUnit() {
    let parent = SpiralRun(.masked(structure, [[3, 1], [2, 3], [3, 3]]), Small.combination, start: 4)
    let children = SpiralDescent.children([parent, parent])
    #expect(
      Set(children).count == children.count && children.allSatisfy { $0.weights == parent.weights - 1 && $0.start == 4 }
    )
    let masks = children.map { run -> [MaskEnumeration.Rows] in
      if case .masked(_, let masks) = run.network { masks } else { [] }
    }
    #expect(masks.allSatisfy { $0.allSatisfy { !$0.contains(0) && $0.reduce(0, |) == 3 } })
    // Layer 1: of [3, 1] only the second bit of the first row leaves a column empty, the first leaves [2, 1].
    #expect(masks.count == 1 + 1 + 4)
  }

  /// A descent through the table, stopped after its first runs, ends as one that was not.
  @Test func goesOnWhereItWas() throws {
    let whole = try Scratch(), stopped = try Scratch(), trainer = try Small.trainer()
    var descent = SpiralDescent(structure: structure, target: 0.4)
    (descent.starts, descent.beam) = (3, 2)
    func study(_ scratch: Scratch) throws -> SpiralStudy {
      SpiralStudy(settings: try Small.settings(), output: scratch.url)
    }
    let wanted = try study(whole).search(descent, trainer: trainer, threads: 2, command: "test")
    var runs: [SpiralRun] = []
    for start in 0..<2 {
      var run = SpiralRun(.masked(structure, [[3, 3], [3, 3], [3, 3]]), SpiralCombination.search[0], start: start)
      run.stop = 0.1
      runs.append(run)
    }
    try study(stopped).run(runs, trainer: trainer, threads: 1, command: "test")
    let found = try study(stopped).search(descent, trainer: trainer, threads: 1, command: "test")
    #expect(found.best == wanted.best && found.levels == wanted.levels && found.cost == wanted.cost)
    #expect(try study(stopped).tables()[0].digest() == study(whole).tables()[0].digest())
  }
}
