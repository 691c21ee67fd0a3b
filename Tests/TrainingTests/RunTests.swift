import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// A small training with everything that a checkpoint must carry.
struct Toy {
  var optimizer = Optimizer.sgd
  var density = 1.0
  var execution = Execution.automatic
  var threads = 1
  var samples = 203
  /// A residual block with batch norm in place of linear layers alone.
  var isResidual = false

  func recipe() -> Recipe {
    var recipe = Recipe()
    recipe.batch = 20
    recipe.steps = .epochs(6)
    recipe.optimizer = optimizer
    recipe.learningRate = optimizer == .adam ? 0.01 : 0.05
    recipe.momentum = 0.9
    recipe.weightDecay = 1e-3
    recipe.schedule = Schedule(.cosine, warmup: .iterations(5))
    recipe.orderSeed = 3
    return recipe
  }

  func network() throws -> Architecture {
    isResidual
      ? try residual()
      : try ModelCatalog.architecture("mlp:17,9", input: FeatureShape(channels: 1, height: 1, width: 11), classes: 3)
  }

  private func residual() throws -> Architecture {
    var network = Architecture(name: "residual", input: FeatureShape(channels: 1, height: 1, width: 11))
    try network.append("conv0", Convolution(5, kernel: 3, padding: 1, hasBias: false))
    try network.append("bn0", BatchNorm())
    try network.append("relu0", Rectifier())
    try network.append("conv1", Convolution(5, kernel: 3, padding: 1, hasBias: false))
    try network.append("bn1", BatchNorm())
    try network.append("sum", Sum(), inputs: ["relu0", "bn1"])
    try network.append("relu1", Rectifier())
    try network.append("fc", Linear(3))
    return network
  }

  func run(recipe: Recipe? = nil) throws -> Run {
    let network = try network(), data = Samples.random(samples, size: 11, classes: 3)
    return Run(
      network, start: Initializer.kaimingNormal.parameters(for: network.layout, seed: 1),
      mask: density < 1 ? Mask.random(network.layout, density: density) : nil, recipe: recipe ?? self.recipe(),
      data: try TrainingData(data.dataset(classes: 3), validationCount: 40, seed: 1),
      pool: ThreadPool(threads: threads),
      execution: execution)
  }
}

@Suite struct ResumeTests {
  /// Stopping after any number of steps and going on in a new run gives the bits of never having stopped.
  @Test(arguments: [Optimizer.sgd, .adam], [(1, false), (0.3, false), (1, true), (0.3, true)])
  func resumedIsUninterrupted(_ optimizer: Optimizer, _ network: (density: Double, isResidual: Bool)) throws {
    let toy = Toy(optimizer: optimizer, density: network.density, isResidual: network.isResidual), total = 40
    let whole = try toy.run()
    var losses: [Double] = []
    for _ in 0..<total { losses.append(whole.takeStep()) }
    for stop in [0, 1, 7, 9, 25] {
      let first = try toy.run()
      for _ in 0..<stop { first.takeStep() }
      let scratch = try Scratch(), file = scratch.file("checkpoint.safetensors")
      try first.state.file(curve: []).write(to: file)
      var other = toy
      other.threads = 2
      other.execution = .sparse
      let second = try other.run()
      for _ in 0..<3 { second.takeStep() }
      second.state = try TrainingState(
        SafetensorsFile(contentsOf: file), layout: second.plan.layout, name: "checkpoint.safetensors")
      for step in stop..<total {
        #expect(second.takeStep() == losses[step], "stopped at \(stop): loss of step \(step)")
      }
      #expect(second.state == whole.state)
      let comparison = BitComparison(second.parameters.values, whole.parameters.values)
      #expect(comparison.isEqual, "stopped at \(stop): \(comparison)")
    }
  }

  @Test(arguments: [false, true])
  func evaluationChangesNothing(_ isResidual: Bool) throws {
    let toy = Toy(isResidual: isResidual), plain = try toy.run(), watched = try toy.run()
    for step in 0..<25 {
      if step % 4 == 0 { _ = (watched.evaluate(.validation), watched.evaluate(.test)) }
      #expect(plain.takeStep() == watched.takeStep())
    }
    #expect(plain.state == watched.state)
    #expect(plain.evaluate(.test) == watched.evaluate(.test))
  }

  @Test(arguments: [false, true])
  func runsAgreeOverThreadsAndKernels(_ isResidual: Bool) throws {
    var states: [TrainingState] = []
    for threads in 1...3 {
      for execution in Execution.allCases {
        let run = try Toy(
          optimizer: .adam, density: 0.4, execution: execution, threads: threads, isResidual: isResidual
        ).run()
        for _ in 0..<30 { run.takeStep() }
        states.append(run.state)
      }
    }
    for state in states.dropFirst() { #expect(state == states[0]) }
  }

  /// Rewinding: training from step k on is a function of the weights at step k, the schedule and the data order.
  @Test(arguments: [false, true])
  func goesOnFromAnyStep(_ isResidual: Bool) throws {
    let toy = Toy(isResidual: isResidual), run = try toy.run(), network = try toy.network()
    for _ in 0..<13 { run.takeStep() }
    func late() throws -> Run {
      Run(
        network, start: run.parameters, at: 13, recipe: toy.recipe(),
        data: try TrainingData(
          Samples.random(203, size: 11, classes: 3).dataset(classes: 3), validationCount: 40, seed: 1),
        pool: ThreadPool(threads: 1))
    }
    let a = try late(), b = try late()
    // The first batch after the rewind is the one the run would have taken itself; its loss is taken before the update.
    #expect(a.takeStep() == run.takeStep())
    b.takeStep()
    #expect(a.state == b.state && a.iteration == 14 && a.updates == 1)
  }
}

@Suite struct StatisticsTests {
  /// Measured anew, running statistics depend on the weights alone, and evaluation on nothing else.
  @Test(arguments: [nil, 3])
  func areMeasuredAnew(_ batches: Int?) throws {
    let toy = Toy(isResidual: true), run = try toy.run(), layout = run.plan.layout
    for _ in 0..<20 { run.takeStep() }
    let trained = run.parameters
    run.reestimateStatistics(batches: batches)
    let measured = run.parameters
    var disturbed = trained
    for entry in layout.entries {
      if entry.isTrained { #expect(measured.values[entry.range] == trained.values[entry.range], "\(entry.name)") }
      guard !entry.isTrained else { continue }
      #expect(measured.values[entry.range] != trained.values[entry.range], "\(entry.name)")
      for i in entry.range { disturbed.values[i] += 100 }
    }
    let other = try toy.run()
    other.plan.parameters = disturbed
    other.reestimateStatistics(batches: batches)
    #expect(other.parameters == measured)
    #expect(other.evaluate(.validation) == run.evaluate(.validation))
    if batches != nil {
      other.reestimateStatistics()
      #expect(other.parameters != measured)
    }
    // Training goes on as if nothing had been measured, but for the statistics.
    let plain = try toy.run()
    for _ in 0..<20 { plain.takeStep() }
    #expect(run.takeStep() == plain.takeStep())
  }
}

@Suite struct CheckpointTests {
  @Test func roundTripsWithItsCurve() throws {
    let run = try Toy(optimizer: .adam, density: 0.5).run()
    for _ in 0..<5 { run.takeStep() }
    let curve = [CurvePoint(step: 0, validationLoss: 1.5, validationAccuracy: 0.25, testAccuracy: 0.5)]
    let file = try SafetensorsFile(run.state.file(curve: curve).encoded(), file: "x")
    #expect(try TrainingState(file, layout: run.plan.layout, name: "x") == run.state)
    #expect(TrainingState.curve(in: file) == curve)
  }

  @Test func refusesOtherNetworksAndOtherFiles() throws {
    let run = try Toy().run(), file = try run.state.file(curve: [])
    let other = try ModelCatalog.architecture("mlp:5", input: FeatureShape(channels: 11), classes: 3).layout
    expectBadData("'parameters'") { try TrainingState(file, layout: other, name: "x") }
    expectBadData("no checkpoint") { try TrainingState(SafetensorsFile(), layout: run.plan.layout, name: "x") }
    for (key, value) in [
      ("format", "other"), ("iteration", "-1"), ("iteration", "x"), ("updates", "-5"), ("updates", "1.5"),
    ] {
      var damaged = file
      damaged.metadata[key] = value
      expectBadData("no checkpoint") { try TrainingState(damaged, layout: run.plan.layout, name: "x") }
    }
    for key in ["format", "iteration", "updates"] {
      var damaged = file
      damaged.metadata[key] = nil
      expectBadData("no checkpoint") { try TrainingState(damaged, layout: run.plan.layout, name: "x") }
    }
    var empty = SafetensorsFile(metadata: file.metadata)
    empty.add("parameters", run.parameters.values)
    expectBadData("no array 'moment1'") { try TrainingState(empty, layout: run.plan.layout, name: "x") }
  }

  private func expectBadData(
    _ words: String, location: SourceLocation = #_sourceLocation, _ body: () throws -> TrainingState
  ) {
    let problem = #expect(throws: Problem.self, sourceLocation: location) { _ = try body() }
    #expect(problem?.kind == .badData, sourceLocation: location)
    #expect(problem?.description.contains(words) == true, "\(String(describing: problem))", sourceLocation: location)
  }
}

@Suite struct OptimizerTests {
  /// Pruned weights and their moments stay exactly zero, whatever the optimiser and the kernels do.
  @Test(arguments: Optimizer.allCases, Execution.allCases)
  func prunedWeightsStayZero(_ optimizer: Optimizer, _ execution: Execution) throws {
    for nesterov in [false, true] {
      let toy = Toy(optimizer: optimizer, density: 0.3, execution: execution)
      var recipe = toy.recipe()
      recipe.nesterov = nesterov
      let run = try toy.run(recipe: recipe)
      for _ in 0..<30 { run.takeStep() }
      let state = run.state, mask = run.plan.mask
      for values in [state.parameters.values, state.moment1.values, state.moment2.values] {
        #expect(values.indices.allSatisfy { mask.keeps[$0] || values[$0].bitPattern == 0 })
      }
      #expect(state.parameters.values.indices.filter { state.parameters.values[$0] != 0 }.count > mask.remaining)
    }
  }

  @Test(arguments: Optimizer.allCases)
  func learns(_ optimizer: Optimizer) throws {
    let run = try Toy(optimizer: optimizer).run(), before = run.evaluate(.test)
    for _ in 0..<run.totalSteps { run.takeStep() }
    #expect(run.evaluate(.test).loss < before.loss)
  }
}
