import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Networks whose weights are made of coefficients.
@Suite struct BasisTrainingTests {
  /// A network on random images with a basis of its weights.
  private struct Case {
    let network: Architecture
    let weights: Parameters
    let basis: BasisCoefficients
    let data: TrainingData

    init(_ name: String, model: String = "mlp:20,12", side: Int = 12, samples: Int = 300) throws {
      let input = FeatureShape(channels: 1, height: side, width: side)
      network =
        try model == "small" ? Self.small(input) : ModelCatalog.architecture(model, input: input, classes: 4)
      weights = Initializer.kaimingNormal.parameters(for: network.layout, seed: 1)
      let trained = Initializer.torchUniform.parameters(for: network.layout, seed: 3)
      basis = try BasisCatalog.coefficients(name, of: network, BasisContext(seed: 5, trained: trained))
      let points = Samples.random(samples, size: input.count, classes: 4)
      let split = Split(pixels: .floats(points.inputs), labels: points.labels)
      let dataset = try Dataset(
        name: "images", source: "test", inputShape: input, classCount: 4, pixelScale: 1, train: split, test: split)
      data = try TrainingData(dataset, validationCount: 30, seed: 1)
    }

    /// Kernels of 3x3 and of 1x1, batch norm, and a linear layer that sees an image.
    private static func small(_ input: FeatureShape) throws -> Architecture {
      var network = Architecture(name: "small", input: input)
      try network.append("conv0", Convolution(4, kernel: 3, stride: 2, padding: 1, hasBias: false))
      try network.append("bn0", BatchNorm())
      try network.append("relu0", Rectifier())
      try network.append("conv1", Convolution(5, kernel: 1, stride: 2))
      try network.append("relu1", Rectifier())
      try network.append("fc", Linear(4))
      return network
    }

    func recipe(_ optimizer: Optimizer = .sgd) -> Recipe {
      var recipe = Recipe()
      (recipe.optimizer, recipe.learningRate, recipe.momentum) = (optimizer, optimizer == .adam ? 0.01 : 0.05, 0.9)
      (recipe.batch, recipe.weightDecay, recipe.steps) = (20, 1e-3, .iterations(120))
      return recipe
    }

    func run(_ recipe: Recipe, coefficients: Parameters? = nil, mask: Mask? = nil) -> Run {
      Run(
        network, start: coefficients ?? basis.rotated(weights), mask: mask, recipe: recipe, data: data,
        pool: ThreadPool(threads: 1), materialisation: basis)
    }

    func canonicalRun(_ recipe: Recipe) -> Run {
      Run(network, start: weights, recipe: recipe, data: data, pool: ThreadPool(threads: 1))
    }
  }

  private static let names = BasisCatalog.all.map { $0.name }

  private func largest(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } }

  /// With all coefficients the network is that of the weights.
  @Test(arguments: names, ["mlp:20,12", "small"])
  func fullMasksGiveTheWeights(_ name: String, _ model: String) throws {
    let toy = try Case(name, model: model, samples: 60)
    let made = toy.run(toy.recipe()).outputs(.test).outputs,
      plain = toy.canonicalRun(toy.recipe()).outputs(.test).outputs
    #expect(largest(made.flatMap { $0 }, plain.flatMap { $0 }) < 1e-4)
  }

  /// Descent with momentum takes one way in coefficients and in weights; Adam, which looks at single numbers, does not.
  @Test(arguments: names)
  func descentIsTheSameInAllBases(_ name: String) throws {
    let toy = try Case(name)
    func distance(_ optimizer: Optimizer) -> Float {
      let turned = toy.run(toy.recipe(optimizer)), plain = toy.canonicalRun(toy.recipe(optimizer))
      for _ in 0..<100 {
        turned.takeStep()
        plain.takeStep()
      }
      return largest(turned.weights.values, plain.weights.values)
    }
    #expect(distance(.sgd) < 1e-3)
    #expect(toy.basis.rotations.isEmpty || distance(.adam) > 0.02)
  }

  /// The same for LeNet-300-100 under a random rotation.
  @Test func descentIsTheSameInLargeRandomBases() throws {
    let toy = try Case("random", model: "lenet-300-100", side: 28, samples: 500)
    let turned = toy.run(toy.recipe()), plain = toy.canonicalRun(toy.recipe())
    for _ in 0..<100 {
      turned.takeStep()
      plain.takeStep()
    }
    #expect(largest(turned.weights.values, plain.weights.values) < 1e-3)
  }

  /// The gradient of a kept coefficient is the loss's slope; what the mask prunes stays zero.
  @Test(arguments: names)
  func gradientsAreSlopes(_ name: String) throws {
    let toy = try Case(name), layout = toy.network.layout
    var recipe = toy.recipe()
    (recipe.momentum, recipe.weightDecay, recipe.batch, recipe.learningRate) = (0, 0, 200, 1)
    let mask = Mask.random(layout, density: 0.5), start = toy.basis.rotated(toy.weights).masked(by: mask)
    let run = toy.run(recipe, coefficients: start, mask: mask)
    run.takeStep()
    let moved = run.parameters
    func loss(_ index: Int, _ change: Float) -> Double {
      var coefficients = start
      coefficients.values[index] += change
      return toy.run(recipe, coefficients: coefficients, mask: mask).takeStep()
    }
    for entry in layout.entries {
      for i in entry.range where !mask.keeps[i] { #expect(moved.values[i] == 0) }
      let largest = entry.range.max {
        abs(moved.values[$0] - start.values[$0]) < abs(moved.values[$1] - start.values[$1])
      }
      let slope = (loss(largest!, 2e-3) - loss(largest!, -2e-3)) / 4e-3
      let gradient = Double(start.values[largest!] - moved.values[largest!])
      #expect(abs(slope - gradient) < 2e-3 + 0.03 * abs(slope), "\(entry.name): \(gradient), slope \(slope)")
    }
  }

  /// Resumed, with other threads: the same bits.
  @Test(arguments: ["dct2", "random", "svd"])
  func resumedIsUninterrupted(_ name: String) throws {
    let toy = try Case(name, model: "small", samples: 100), mask = Mask.random(toy.network.layout, density: 0.3)
    let start = toy.basis.rotated(toy.weights), whole = toy.run(toy.recipe(), coefficients: start, mask: mask)
    for _ in 0..<12 { whole.takeStep() }
    let first = toy.run(toy.recipe(), coefficients: start, mask: mask)
    for _ in 0..<5 { first.takeStep() }
    let second = Run(
      toy.network, start: start, mask: mask, recipe: toy.recipe(), data: toy.data, pool: ThreadPool(threads: 2),
      materialisation: toy.basis)
    second.state = first.state
    for _ in 5..<12 { second.takeStep() }
    #expect(second.state == whole.state && second.weights == whole.weights)
  }

  /// Run with coefficients as they are, a network gives what its weights give, in no more multiply-adds.
  @Test(arguments: names, [("mlp:60,30", 0.05), ("mlp:60,30", 0.9), ("small", 0.1)])
  func factoredNetworksAreTheSame(_ name: String, _ network: (model: String, density: Double)) throws {
    let toy = try Case(name, model: network.model, samples: 60), layout = toy.network.layout
    let mask = Mask.random(layout, density: network.density), start = toy.basis.rotated(toy.weights).masked(by: mask)
    let made = toy.run(toy.recipe(), coefficients: start, mask: mask)
    let factored = try FactoredNetwork(toy.basis, toy.network, start, mask: mask)
    let run = Run(
      factored.architecture, start: factored.parameters, mask: factored.mask, recipe: toy.recipe(), data: toy.data,
      pool: ThreadPool(threads: 1))
    #expect(
      largest(made.outputs(.test).outputs.flatMap { $0 }, run.outputs(.test).outputs.flatMap { $0 }) < 1e-4)
    let dense = toy.network.forwardMultiplyAdds(of: Mask(fullFor: layout))
    #expect(factored.multiplyAdds <= dense)
    if name == "dct2", network.density == 0.05 {
      // Two passes over 12 x 12 places, then the kept coefficients; behind it the canonical basis.
      #expect(factored.factored == ["fc1"])
      #expect(factored.multiplyAdds <= 2 * 144 * 12 + mask.remaining && factored.multiplyAdds < dense / 2)
    }
  }

  // MARK: what a basis is good for

  /// A matrix of rank 4 is four singular coefficients; as many numbers of the matrix itself, 512, are far from it.
  @Test func lowRankIsFewSingularCoefficients() throws {
    var network = Architecture(name: "one", input: FeatureShape(channels: 64))
    try network.append("fc", Linear(64, hasBias: false))
    var stream = RandomStream(seed: 4, "test-rank")
    let factors = (0..<2).map { _ in (0..<256).map { _ in Float(stream.nextNormal()) / 8 } }
    let teacher = Parameters(
      layout: network.layout,
      values: (0..<4096).map { i -> Float in
        let row = factors[0][(i / 64 * 4)...].prefix(4), column = factors[1][(i % 64 * 4)...].prefix(4)
        return zip(row, column).reduce(0) { $0 + $1.0 * $1.1 }
      })
    func error(_ name: String, keeping count: Int) throws -> Float {
      let basis = try BasisCatalog.coefficients(name, of: network, BasisContext(seed: 0, trained: teacher))
      var coefficients = basis.rotated(teacher)
      let order = coefficients.values.indices.sorted { abs(coefficients.values[$0]) > abs(coefficients.values[$1]) }
      for i in order.dropFirst(count) { coefficients.values[i] = 0 }
      let made = basis.rotated(coefficients, back: true)
      // The mean squared error of an output for normal inputs.
      let differences = zip(made.values, teacher.values).map { $0 - $1 }
      return differences.reduce(0) { $0 + $1 * $1 } / 64
    }
    #expect(try error("svd", keeping: 4) < 1e-6)
    #expect(try error("svd", keeping: 3) > 1e-3)
    #expect(try error("canonical", keeping: 512) > 0.01)
  }

  /// At 5 % of the coefficients, what is learned from a teacher of smooth rows survives in cosines and not in pixels; of a
  /// teacher that looks at few pixels, the other way about.
  @Test func theRightBasisDependsOnTheTask() throws {
    for isSmooth in [true, false] {
      let cosines = try accuracy("dct2", isSmooth), pixels = try accuracy("canonical", isSmooth)
      #expect(
        isSmooth ? cosines > pixels + 0.2 : pixels > cosines + 0.2,
        "smooth \(isSmooth): dct2 \(cosines), canonical \(pixels)")
    }
  }

  /// Test accuracy of a linear classifier whose trained coefficients are pruned to 5 %, rewound and trained again.
  private func accuracy(_ name: String, _ isSmooth: Bool) throws -> Double {
    let side = 16, size = side * side, input = FeatureShape(channels: 1, height: side, width: side)
    var network = Architecture(name: "linear", input: input), stream = RandomStream(seed: 2, "test-teacher")
    try network.append("fc", Linear(4))
    let cosine = try BasisCatalog.coefficients("dct2", of: network, BasisContext(seed: 0))
    var teacher = Parameters(zerosFor: network.layout)
    // Of each row a few coefficients: of low frequency, or pixels.
    for row in 0..<4 {
      for place in 0..<6 {
        teacher.values[row * size + (isSmooth ? place / 3 * side + place % 3 : 37 * place + row)] = Float(
          stream.nextNormal())
      }
    }
    if isSmooth { teacher = cosine.rotated(teacher, back: true) }
    let inputs = (0..<3000 * size).map { _ in Float(stream.nextNormal()) }
    let labels = (0..<3000).map { sample -> Int32 in
      let outputs = (0..<4).map { row in
        (0..<size).reduce(Float(0)) { $0 + teacher.values[row * size + $1] * inputs[sample * size + $1] }
      }
      return Int32(outputs.indices.max { outputs[$0] < outputs[$1] }!)
    }
    func split(_ range: Range<Int>) -> Split {
      Split(
        pixels: .floats(Array(inputs[range.lowerBound * size..<range.upperBound * size])), labels: Array(labels[range]))
    }
    let dataset = try Dataset(
      name: "teacher", source: "test", inputShape: input, classCount: 4, pixelScale: 1, train: split(0..<2000),
      test: split(2000..<3000))
    let data = try TrainingData(dataset, validationCount: 100, seed: 1)
    var recipe = Recipe()
    (recipe.learningRate, recipe.momentum, recipe.batch, recipe.steps) = (0.05, 0.9, 50, .epochs(5))
    let basis = try BasisCatalog.coefficients(name, of: network, BasisContext(seed: 0))
    let start = basis.rotated(Initializer.kaimingNormal.parameters(for: network.layout, seed: 1))
    func trained(_ mask: Mask) -> Run {
      let run = Run(
        network, start: start, mask: mask, recipe: recipe, data: data, pool: ThreadPool(threads: 1),
        materialisation: basis)
      while run.iteration < run.totalSteps { run.takeStep() }
      return run
    }
    var mask = Mask(fullFor: network.layout)
    let dense = trained(mask).parameters.values, range = network.layout.prunable[0].range
    for i in range.sorted(by: { abs(dense[$0]) > abs(dense[$1]) }).dropFirst(range.count / 20) { mask.keeps[i] = false }
    return trained(mask).evaluate(.test).accuracy
  }
}
