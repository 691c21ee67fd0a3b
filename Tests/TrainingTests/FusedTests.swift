import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Fused steps give the bits of ordinary ones, on every level.
@Suite struct FusedTests {
  private func recipe(batch: Int, epochs: Int) -> Recipe {
    var recipe = Recipe()
    recipe.batch = batch
    recipe.dropsLast = true
    recipe.steps = .epochs(epochs)
    recipe.learningRate = 0.1
    recipe.momentum = 0.9
    recipe.weightDecay = 5e-4
    recipe.schedule = Schedule(.epochCosine)
    recipe.loss = .binaryCrossEntropy
    recipe.orderSeed = 5
    return recipe
  }

  /// Biases go with units that feed nothing, as the spiral's pruning arms count.
  private func mask(_ network: Architecture, density: Double, seed: UInt64) -> Mask {
    var mask = Mask.random(network.layout, density: density, seed: seed)
    let weights = network.layout.prunable
    for (entry, next) in zip(weights, weights.dropFirst()) {
      let bias = network.layout.entries(of: entry.layer).first { !$0.isPrunable }!
      let inputs = next.shape.dimensions[1]
      for unit in 0..<bias.count {
        mask.keeps[bias.offset + unit] = (0..<next.shape.dimensions[0]).contains {
          mask.keeps[next.offset + $0 * inputs + unit]
        }
      }
    }
    return mask
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var model: String
    var features: Int
    var density: Double
    var batch: Int
    var testDescription: String { "\(model) of \(features), density \(density), batch \(batch)" }
  }

  static let cases = [
    Case(model: "mlp:3,3,3", features: 2, density: 1, batch: 128),
    Case(model: "mlp:3,3,3", features: 2, density: 0.7, batch: 128),
    Case(model: "mlp:16,16,16", features: 2, density: 0.1, batch: 128),
    Case(model: "mlp:16,16,16", features: 2, density: 0.02, batch: 128),
    Case(model: "mlp:40,7", features: 5, density: 0.5, batch: 144),
    Case(model: "mlp:9", features: 11, density: 1, batch: 16),
  ]

  @Test(arguments: cases)
  func sameBitsAsAnOrdinaryRun(_ test: Case) throws {
    var samples = Samples.random(1200, size: test.features, classes: 2)
    for i in 0..<samples.count { samples.labels[i] = samples.inputs[test.features * i] > 0 ? 1 : 0 }
    let dataset = try samples.dataset(classes: 2)
    let data = try TrainingData(dataset, validationCount: 200, seed: 4)
    let (train, validation) = try dataset.carvingValidation(count: 200, seed: 4)
    func batches(_ split: Split) -> EpochBatches {
      EpochBatches(split, of: dataset, normalisation: data.normalisation, batch: test.batch, seed: 5)
    }
    let network = try single(test.model, features: test.features)
    let start = Initializer.torchUniform.parameters(for: network.layout, seed: 3)
    let mask = mask(network, density: test.density, seed: 9), recipe = recipe(batch: test.batch, epochs: 3)
    let ordinary = Run(network, start: start, mask: mask, recipe: recipe, data: data, pool: ThreadPool(threads: 1))
    let steps = ordinary.totalSteps, losses = (0..<steps).map { _ in ordinary.takeStep() }
    #expect(steps == 3 * (1000 / test.batch))
    let training = batches(train), validating = batches(validation)
    for level in CPULevel.available(for: "fused steps") {
      let run = try FusedRun(
        network, start: start, mask: mask, recipe: recipe, batches: training, kernels: level.kernels)
      var found: [Double] = []
      try run.train(until: 5) { found += $0 }
      try run.train { found += $0 }
      #expect(found == losses, "\(level)")
      expectSameBits(run.parameters.values, ordinary.parameters.values, "parameters at \(level)")
      expectSameBits(run.moments.values, ordinary.state.moment1.values, "moments at \(level)")
      #expect(run.evaluate(on: validating) == ordinary.evaluate(.validation), "\(level)")
    }
  }

  /// Losses are recorded or not, steps come in one call or many: the weights are the same.
  @Test func piecesMakeTheWhole() throws {
    let dataset = try Catalog.dataset(named: "cubist-spiral:2000"), network = try single("mlp:3,3,3", features: 2)
    let start = Initializer.torchUniform.parameters(for: network.layout, seed: 1), full = Mask(fullFor: network.layout)
    let recipe = recipe(batch: 128, epochs: 2)
    let batches = EpochBatches(dataset.train, of: dataset, normalisation: .none, batch: 128, seed: 5)
    func run() throws -> FusedRun {
      try FusedRun(network, start: start, mask: full, recipe: recipe, batches: batches)
    }
    let whole = try run(), pieces = try run()
    try whole.train()
    for end in [0, 1, 14, 16, 17, 29, 30] { try pieces.train(until: end) }
    try pieces.train { _ in }
    expectSameBits(whole.parameters.values, pieces.parameters.values, "parameters")
    #expect(whole.iteration == 30 && pieces.iteration == 30)
  }

  @Test func refusesWhatItCannotRun() throws {
    let dataset = try Catalog.dataset(named: "cubist-spiral:2000"), network = try single("mlp:3", features: 2)
    let batches = EpochBatches(dataset.train, of: dataset, normalisation: .none, batch: 128, seed: 5)
    let start = Parameters(zerosFor: network.layout)
    var mask = Mask(fullFor: network.layout)
    let changes: [(inout Recipe) -> Void] = [
      { $0.optimizer = .adam }, { $0.classWeights = .balanced }, { $0.sampling = .balanced },
      { $0.patience = .epochs(1) },
    ]
    for change in changes {
      var other = recipe(batch: 128, epochs: 1)
      change(&other)
      #expect(throws: Problem.self) { try FusedRun(network, start: start, mask: mask, recipe: other, batches: batches) }
    }
    mask.keeps[network.layout.entries(of: "fc1")[1].offset] = false
    #expect(throws: Problem.self) {
      try FusedRun(network, start: start, mask: mask, recipe: recipe(batch: 128, epochs: 1), batches: batches)
    }
    let two = try ModelCatalog.architecture("mlp:3", input: FeatureShape(channels: 2), classes: 2)
    #expect(throws: Problem.self) {
      try FusedRun(
        two, start: Parameters(zerosFor: two.layout), mask: Mask(fullFor: two.layout),
        recipe: recipe(batch: 128, epochs: 1), batches: batches)
    }
  }

  /// A parameter that lives through a change of mask goes on with its value and momentum.
  @Test func masksChangeInFlight() throws {
    let dataset = try Catalog.dataset(named: "cubist-spiral:2000"), network = try single("mlp:5,5", features: 2)
    let start = Initializer.torchUniform.parameters(for: network.layout, seed: 1), full = Mask(fullFor: network.layout)
    let batches = EpochBatches(dataset.train, of: dataset, normalisation: .none, batch: 128, seed: 5)
    let run = try FusedRun(network, start: start, mask: full, recipe: recipe(batch: 128, epochs: 2), batches: batches)
    try run.train(until: 7)
    let before = (run.parameters, run.moments), smaller = mask(network, density: 0.6, seed: 2)
    try run.change(smaller)
    expectSameBits(run.parameters.values, before.0.masked(by: smaller).values, "parameters")
    expectSameBits(run.moments.values, before.1.masked(by: smaller).values, "moments")
    try run.train(until: 9)
    try run.rewind(to: start, mask: full)
    try run.train(until: 7)
    expectSameBits(run.parameters.values, before.0.values, "after the rewind")
  }

  private func expectSameBits(
    _ a: [Float], _ b: [Float], _ what: String, at location: SourceLocation = #_sourceLocation
  ) {
    let comparison = BitComparison(a, b)
    #expect(comparison.isEqual, "\(what): \(comparison)", sourceLocation: location)
  }

  private func single(_ model: String, features: Int) throws -> Architecture {
    let input = FeatureShape(channels: 1, height: 1, width: features)
    return try ModelCatalog.architecture(model, input: input, classes: 1)
  }
}
