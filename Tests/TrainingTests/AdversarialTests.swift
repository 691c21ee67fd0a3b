import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Training

@Suite struct AdversarialTests {
  /// Of 54 steps the last objective attacks 10 by FGSM.
  static let objectives: [Objective] = [
    .fgsm, .pgd(steps: 3), .trades(beta: 6), .free(replays: 3), Objective(FGSMThenPGD(argument: "3@0.19")!),
  ]

  private func recipe(_ toy: Toy, _ objective: Objective) -> Recipe {
    var recipe = toy.recipe()
    (recipe.objective, recipe.epsilon, recipe.robustSamples) = (objective, PixelLength(0.1), 30)
    return recipe
  }

  /// Also in the middle of a batch that is replayed, with other kernels and more threads.
  @Test(arguments: objectives, [(1, false), (0.3, true)])
  func resumedIsUninterrupted(_ objective: Objective, _ network: (density: Double, isResidual: Bool)) throws {
    let toy = Toy(density: network.density, isResidual: network.isResidual), total = 26, recipe = recipe(toy, objective)
    let whole = try toy.run(recipe: recipe)
    var losses: [Double] = []
    for _ in 0..<total { losses.append(whole.takeStep()) }
    for stop in [0, 1, 7, 9, 12, 19] {
      let first = try toy.run(recipe: recipe)
      for _ in 0..<stop { first.takeStep() }
      let scratch = try Scratch(), file = scratch.file("checkpoint.safetensors")
      try first.state.file(curve: []).write(to: file)
      var other = toy
      (other.threads, other.execution) = (2, .sparse)
      let second = try other.run(recipe: recipe)
      for _ in 0..<4 { second.takeStep() }
      let pixels = recipe.keptPixels(input: second.plan.architecture.input)
      second.state = try TrainingState(
        SafetensorsFile(contentsOf: file), layout: second.plan.layout, pixels: pixels, name: "checkpoint.safetensors")
      for step in stop..<total {
        #expect(second.takeStep() == losses[step], "\(objective), stopped at \(stop): loss of step \(step)")
        if step % 5 == 2 { _ = second.robustAccuracies() }
      }
      let comparison = BitComparison(second.parameters.values, whole.parameters.values)
      #expect(comparison.isEqual && second.state == whole.state, "\(objective), stopped at \(stop): \(comparison)")
    }
  }

  @Test(arguments: objectives)
  func kernelsAndThreadsKeepBits(_ objective: Objective) throws {
    var outcomes: [[Float]] = []
    for (execution, threads) in [(Execution.dense, 1), (.sparse, 3)] {
      let toy = Toy(density: 0.4, execution: execution, threads: threads, isResidual: true)
      let run = try toy.run(recipe: recipe(toy, objective))
      for _ in 0..<12 { run.takeStep() }
      outcomes.append(run.parameters.values)
    }
    let comparison = BitComparison(outcomes[0], outcomes[1])
    #expect(comparison.isEqual, "\(objective): \(comparison)")
  }

  /// Another seed's attacks start elsewhere; epsilon 0 is training on the samples as they are.
  @Test(arguments: objectives)
  func epsilonZeroIsNaturalTraining(_ objective: Objective) throws {
    let toy = Toy(isResidual: true)
    var none = recipe(toy, objective)
    none.epsilon = PixelLength(0)
    // TRADES starts beside the sample, and free training repeats batches.
    guard none.objective.replays == 1, objective != .trades(beta: 6) else { return }
    let natural = try toy.run(), attacked = try toy.run(recipe: none),
      perturbed = try toy.run(recipe: recipe(toy, objective))
    for _ in 0..<12 { #expect(natural.takeStep() == attacked.takeStep()) }
    for _ in 0..<12 { perturbed.takeStep() }
    #expect(BitComparison(natural.parameters.values, attacked.parameters.values).isEqual)
    #expect(!BitComparison(natural.parameters.values, perturbed.parameters.values).isEqual)
  }

  /// The first part is FGSM training, and what follows is PGD training from there, each with the length of its own steps.
  @Test func attacksFollowEachOther() throws {
    let toy = Toy(isResidual: true)
    let mixed = try toy.run(recipe: recipe(toy, Objective(FGSMThenPGD(argument: "3@0.19")!)))
    let first = try toy.run(recipe: recipe(toy, .fgsm)), second = try toy.run(recipe: recipe(toy, .pgd(steps: 3)))
    for _ in 0..<10 { #expect(mixed.takeStep() == first.takeStep()) }
    second.state = first.state
    for _ in 0..<6 { #expect(mixed.takeStep() == second.takeStep()) }
    #expect(BitComparison(mixed.parameters.values, second.parameters.values).isEqual)
    #expect(first.takeStep() != mixed.takeStep())
  }

  /// One step's gradients against differences of loss + beta KL(p || q) with the perturbed samples held fast.
  @Test(arguments: [false, true])
  func tradesHasItsGradient(_ isResidual: Bool) throws {
    let toy = Toy(isResidual: isResidual), beta = 3.0
    var recipe = recipe(toy, .trades(beta: beta))
    (recipe.learningRate, recipe.momentum, recipe.weightDecay) = (1e-30, 0, 0)
    let run = try toy.run(recipe: recipe), layout = run.plan.layout
    let start = run.parameters.values.map(Double.init)
    run.takeStep()
    let p = run.perturbation!, count = recipe.batch
    func lanes(_ buffer: FloatBuffer) -> [[Double]] {
      (0..<count).map { sample in
        (0..<p.layout.pixelsPerSample).map {
          let at = p.layout.offset(sample: sample, channel: 0, row: 0, column: $0)
          return Double(buffer[p.layout.origin + at] * p.multipliers[0] + p.shifts[0])
        }
      }
    }
    let clean = lanes(p.clean), perturbed = lanes(p.pixels), network = ReferenceNetwork(run.plan.architecture)
    #expect(clean != perturbed)
    func logSoftmax(_ z: [Double]) -> [Double] {
      let highest = z.max()!, sum = log(z.reduce(0) { $0 + exp($1 - highest) }) + highest
      return z.map { $0 - sum }
    }
    func loss(_ parameters: [Double], _ labels: [Int]) throws -> Double {
      let a = try network.outputs(clean, parameters).map(logSoftmax)
      let b = try network.outputs(perturbed, parameters).map(logSoftmax)
      return (0..<count).reduce(0.0) { total, i in
        let divergence = a[i].indices.reduce(0.0) { $0 + exp(a[i][$1]) * (a[i][$1] - b[i][$1]) }
        return total - a[i][labels[i]] + beta * divergence
      } / Double(count)
    }
    let labels = run.batchLabels
    let found = run.plan.parameterGradients.values, trained = layout.entries.filter(\.isTrained).flatMap(\.range)
    var wrong: [String] = []
    for i in stride(from: 0, to: trained.count, by: 5).map({ trained[$0] }) {
      let expected = try numericalDerivative(at: start[i]) { x in
        var moved = start
        moved[i] = x
        return try loss(moved, labels)
      }
      if abs(Double(found[i]) - expected) > 1e-3 * abs(expected) + 1e-5 {
        wrong.append("\(i): \(found[i]), not \(expected)")
      }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(4))")
  }

  @Test func objectivesReadAndPrint() throws {
    for text in ["natural", "fgsm", "pgd:10", "fgsm-pgd:10@0.5", "trades:6.0", "free:4"] {
      #expect(Objective(setting: text)?.settingText == text)
    }
    for text in [
      "", "pgd", "pgd:0", "pgd:x", "trades:-1", "free:0", "fgsm:1", "natural:2", "fgsm-pgd:10", "fgsm-pgd:10@1",
      "fgsm-pgd:10@0",
      "fgsm-pgd:0@0.5", "fgsm-pgd:1@2@3", "fgsm-pgd:10@nan",
    ] {
      #expect(Objective(setting: text) == nil, "\(text)")
    }
    #expect(Objective.settingForm == "natural, fgsm, pgd:STEPS, fgsm-pgd:STEPS@SHARE, trades:BETA or free:REPLAYS")
    for (text, remedy) in [
      ("pdg:3", "Did you mean pgd?"), ("pgd:0", "Give pgd:STEPS."), ("xyzzy", "Give \(Objective.settingForm)."),
    ] {
      do {
        _ = try ObjectiveCatalog.objective(named: text)
        Issue.record("\(text) was read")
      } catch let problem as Problem {
        #expect(problem.remedy == remedy)
      }
    }
    #expect(PixelLength(setting: "8/255")?.value == 8.0 / 255)
    #expect(PixelLength(setting: "8/255")?.settingText == "8/255")
    #expect(PixelLength(setting: "0")?.settingText == PixelLength(0).settingText)
    for text in ["", "1/0", "-1", "a", "1/2/3", "inf"] { #expect(PixelLength(setting: text) == nil, "\(text)") }
  }
}
