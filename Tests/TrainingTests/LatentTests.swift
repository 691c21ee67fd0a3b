import Basics
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Networks whose weights are made of scores.
@Suite struct LatentTests {
  enum Way: String, CaseIterable { case masked, binary }

  private func materialisation(_ way: Way, _ frozen: Parameters, _ selection: ScoreSelection) -> any Materialisation {
    switch way {
    case .masked: MaskedScores(frozen: frozen, selection: selection)
    case .binary: BinaryScores(frozen: frozen, selection: selection)
    }
  }

  private struct Case {
    let toy: Toy
    let frozen: Parameters
    let scores: Parameters
    var selection = ScoreSelection(keep: 0.4)

    init(_ toy: Toy) throws {
      self.toy = toy
      let layout = try toy.network().layout
      frozen = Initializer.kaimingNormal.parameters(for: layout, seed: 1)
      var scores = frozen
      let drawn = Initializer.torchUniform.parameters(for: layout, seed: 1, stream: "scores")
      for entry in layout.prunable { scores.values.replaceSubrange(entry.range, with: drawn.values[entry.range]) }
      self.scores = scores
    }

    func run(_ materialisation: (any Materialisation)?, start: Parameters? = nil, _ recipe: Recipe) throws -> Run {
      let network = try toy.network(), data = Samples.random(toy.samples, size: 11, classes: 3)
      return Run(
        network, start: start ?? scores, recipe: recipe,
        data: try TrainingData(data.dataset(classes: 3), validationCount: 40, seed: 1),
        pool: ThreadPool(threads: toy.threads), execution: toy.execution, materialisation: materialisation)
    }
  }

  /// A step of plain descent moves a score by -rate sign(s) w dL/dweight, for kept and dropped weights alike.
  @Test(arguments: Way.allCases, [false, true])
  func scoresMoveByTheFormula(_ way: Way, _ isResidual: Bool) throws {
    let toy = try Case(Toy(isResidual: isResidual)), layout = try toy.toy.network().layout
    var recipe = toy.toy.recipe()
    (recipe.momentum, recipe.weightDecay, recipe.schedule) = (0, 0, Schedule())
    let run = try toy.run(materialisation(way, toy.frozen, toy.selection), recipe)
    let plain = try toy.run(nil, start: run.weights, recipe), gradient = plain.denseGradients()
    run.takeStep()
    let moved = run.parameters
    for entry in layout.prunable {
      for i in entry.range {
        let sign: Float = toy.scores.values[i] < 0 ? -1 : 1
        let expected = toy.scores.values[i] - 0.05 * sign * toy.frozen.values[i] * gradient.values[i]
        #expect(abs(moved.values[i] - expected) <= 1e-6 * (1 + abs(expected)), "\(entry.name) \(i)")
      }
    }
    for entry in layout.entries where !entry.isPrunable && entry.isTrained {
      #expect(moved.values[entry.range] == toy.frozen.values[entry.range], "\(entry.name) is frozen")
    }
  }

  /// Exactly N - round((1 - keep) N) weights stay, those of the largest scores; frozen ones keep their bits.
  @Test(arguments: [ScoreSelection.Scope.local, .global], [0.01, 0.3, 0.5, 0.97])
  func keptWeightsAreTheLargestScores(_ scope: ScoreSelection.Scope, _ keep: Double) throws {
    var toy = try Case(Toy())
    toy.selection = ScoreSelection(keep: keep, scope: scope)
    let run = try toy.run(materialisation(.masked, toy.frozen, toy.selection), toy.toy.recipe())
    for _ in 0..<7 { run.takeStep() }
    let mask = toy.selection.mask(run.parameters), layout = mask.layout, scores = run.parameters.values
    #expect(run.weights == toy.frozen.masked(by: mask))
    let groups =
      scope == .local ? layout.prunable.map { Array($0.range) } : [layout.prunable.flatMap { Array($0.range) }]
    for group in groups {
      let ranked = group.sorted { (abs(scores[$0]), $0) < (abs(scores[$1]), $1) }
      let removed = Int(((1 - keep) * Double(group.count)).rounded())
      #expect(ranked.prefix(removed).allSatisfy { !mask.keeps[$0] })
      #expect(ranked.dropFirst(removed).allSatisfy { mask.keeps[$0] })
    }
  }

  @Test func equalScoresGoByIndex() throws {
    let layout = try Toy().network().layout
    var scores = Parameters(zerosFor: layout)
    for (i, entry) in layout.prunable.enumerated() { for j in entry.range { scores.values[j] = i == 0 ? 0 : -0.5 } }
    let mask = ScoreSelection(keep: 0.25).mask(scores)
    for entry in layout.prunable {
      let removed = Int((0.75 * Double(entry.count)).rounded())
      #expect(entry.range.map { mask.keeps[$0] } == (0..<entry.count).map { $0 >= removed })
    }
  }

  /// The gain is the a that makes sum (w m - a m sign(w))^2 least.
  @Test func gainIsOptimal() throws {
    let toy = try Case(Toy())
    let run = try toy.run(materialisation(.binary, toy.frozen, toy.selection), toy.toy.recipe())
    let mask = toy.selection.mask(run.parameters)
    for entry in mask.layout.prunable {
      let kept = entry.range.filter { mask.keeps[$0] }, gain = Double(abs(run.weights.values[kept[0]]))
      #expect(kept.allSatisfy { run.weights.values[$0] == (toy.frozen.values[$0] < 0 ? -1 : 1) * Float(gain) })
      func error(_ a: Double) -> Double {
        kept.reduce(0) { $0 + (Double(abs(toy.frozen.values[$1])) - a) * (Double(abs(toy.frozen.values[$1])) - a) }
      }
      let grid = (-200...200).map { gain * (1 + Double($0) / 1000) }
      let best = grid.min { error($0) < error($1) }!
      #expect(abs(best / gain - 1) < 1e-4, "\(entry.name): \(best) is better than \(gain)")
    }
  }

  /// The pruned share rises from a half to its end and stays there.
  @Test func rampsEndWhereTheyShould() {
    let selection = ScoreSelection(keep: 0.1, ramp: 40, stepsPerEpoch: 10)
    #expect(selection.keep(at: 0) == 0.5 && selection.keep(at: 9) == 0.5)
    #expect(abs(selection.keep(at: 20) - (0.1 + 0.4 * 0.125)) < 1e-12)
    #expect(selection.keep(at: 40) == 0.1 && selection.keep(at: .max) == 0.1)
    #expect(ScoreSelection(keep: 0.7, ramp: 40).keep(at: 3) == 0.7)
  }

  /// Resumed, with other threads: the same bits.
  @Test(arguments: Way.allCases, [Optimizer.sgd, .adam])
  func resumedIsUninterrupted(_ way: Way, _ optimizer: Optimizer) throws {
    let toy = try Case(Toy(optimizer: optimizer, isResidual: true)), recipe = toy.toy.recipe()
    let selection = ScoreSelection(keep: 0.3, scope: .global, ramp: 12, stepsPerEpoch: 4)
    let whole = try toy.run(materialisation(way, toy.frozen, selection), recipe)
    for _ in 0..<20 { whole.takeStep() }
    let first = try toy.run(materialisation(way, toy.frozen, selection), recipe)
    for _ in 0..<7 { first.takeStep() }
    let other = try Case(Toy(optimizer: optimizer, threads: 2, isResidual: true))
    let second = try other.run(materialisation(way, toy.frozen, selection), recipe)
    second.takeStep()
    second.state = first.state
    for _ in 7..<20 { second.takeStep() }
    #expect(second.state == whole.state && second.weights == whole.weights)
    #expect(second.evaluate(.test) == whole.evaluate(.test))
  }
}
