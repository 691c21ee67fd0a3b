import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Groups of layers that learn from critics.
@Suite struct LocalCriticTests {
  static let shape = FeatureShape(channels: 2, height: 6, width: 5)

  /// Two residual blocks with batch norm, pooling, and linear layers.
  static func network() throws -> Architecture {
    var network = Architecture(name: "residual", input: shape)
    try network.append("conv0", Convolution(6, kernel: 3, padding: 1, hasBias: false))
    try network.append("bn0", BatchNorm())
    try network.append("relu0", Rectifier())
    for block in 1...2 {
      let before = network.outputName
      try network.append("conv\(block)", Convolution(6, kernel: 3, padding: 1, hasBias: false))
      try network.append("bn\(block)", BatchNorm())
      try network.append("sum\(block)", Sum(), inputs: [before, "bn\(block)"])
      try network.append("relu\(block)", Rectifier())
    }
    try network.append("pool", MaxPool())
    try network.append("fc1", Linear(9))
    try network.append("relu3", Rectifier())
    try network.append("fc2", Linear(3))
    return network
  }

  static func recipe() -> Recipe {
    var recipe = Recipe()
    recipe.batch = 20
    recipe.steps = .epochs(4)
    recipe.learningRate = 0.05
    recipe.momentum = 0.9
    recipe.weightDecay = 1e-3
    recipe.schedule = Schedule(.cosine)
    recipe.orderSeed = 3
    return recipe
  }

  /// 86 samples to train on.
  static let data = try! TrainingData(
    Samples.random(93, size: shape.count, classes: 3).dataset(classes: 3, shape: shape), validationCount: 7, seed: 1,
    normalisation: .none)
  static var samples: SampleStore { data.train }
  static let labels = (0..<samples.count).map { samples.labels[$0] }

  static func parameters(_ architecture: Architecture, _ seed: UInt64 = 1) -> Parameters {
    Initializer.kaimingNormal.parameters(for: architecture.layout, seed: seed)
  }

  static func run(
    _ groups: LayerGroups, threads: Int = 1, recipe: Recipe = recipe(), criticRate: Double = 1e-2, criticEvery: Int = 1,
    change: (inout Parameters) -> Void = { _ in }
  ) -> LocalCriticRun {
    var start = ([groups.network] + groups.critics).map { parameters($0) }
    change(&start[0])
    return LocalCriticRun(
      groups, start: start, recipe: recipe, criticRate: criticRate, criticEvery: criticEvery, samples: samples.count,
      threads: threads)
  }

  static func order(_ epoch: Int) -> [Int32] { EpochOrder.indices(count: samples.count, seed: 3, epoch: epoch) }

  private static func digest(_ run: LocalCriticRun) -> [[UInt32]] {
    run.states.map { ($0.parameters.values + $0.moment1.values + $0.moment2.values).map(\.bitPattern) }
  }

  // MARK: bits

  /// One thread, two and three; and a run that goes on from its states.
  @Test(arguments: [CriticHead.linear, .convolution(channels: nil), .convolution(channels: 3)], [1, 3])
  func bitsDependOnNeitherThreadsNorStops(head: CriticHead, every: Int) throws {
    let groups = try LayerGroups(Self.network(), count: 3, head: head)
    let runs = [1, 2, 3].map { Self.run(groups, threads: $0, criticEvery: every) }
    #expect(runs.map(\.threads) == [1, 2, 3])
    let resumed = Self.run(groups, threads: 2, criticEvery: every)
    var epochs = [[LocalCriticRun.Epoch]](repeating: [], count: 4)
    for epoch in 0..<4 {
      for (i, run) in runs.enumerated() { epochs[i].append(try run.train(Self.samples, order: Self.order(epoch))) }
      if epoch == 1 { resumed.states = runs[0].states }
      if epoch > 1 { epochs[3].append(try resumed.train(Self.samples, order: Self.order(epoch))) }
    }
    let expected = Self.digest(runs[0]), outputs = try runs[0].evaluate(Self.samples)
    for run in runs.dropFirst() + [resumed] {
      #expect(Self.digest(run) == expected)
      #expect(try run.evaluate(Self.samples) == outputs)
    }
    #expect(epochs[1] == epochs[0] && epochs[2] == epochs[0] && epochs[3] == Array(epochs[0][2...]))
  }

  /// What groups behind it are changes nothing in a group, given its critic: over one step, whose critic has not been taught yet,
  /// and over epochs where critics stay as they are. It does change the critic.
  @Test func gradientsEndBetweenGroups() throws {
    let groups = try LayerGroups(Self.network(), count: 3, head: .convolution(channels: nil))
    let behind = Set(groups.groups[1].nodes.map(\.name) + groups.groups[2].nodes.map(\.name))
    func change(_ start: inout Parameters) {
      let other = Self.parameters(groups.network, 7)
      for entry in start.layout.entries where behind.contains(entry.layer) {
        start.values.replaceSubrange(entry.range, with: other.values[entry.range])
      }
    }
    for (rate, epochs, batch) in [(1e-2, 1, 96), (0, 3, 20)] {
      var recipe = Self.recipe()
      recipe.batch = batch
      let a = Self.run(groups, recipe: recipe, criticRate: rate)
      let b = Self.run(groups, threads: 2, recipe: recipe, criticRate: rate, change: change)
      for epoch in 0..<epochs {
        _ = try a.train(Self.samples, order: Self.order(epoch))
        _ = try b.train(Self.samples, order: Self.order(epoch))
      }
      let (x, y) = (Self.digest(a), Self.digest(b))
      #expect(x[0] == y[0] && x[1] != y[1] && x[2] != y[2], "rate \(rate)")
      // The weights of the first critic, whatever its moments.
      let critics = [a, b].map { $0.states[3].parameters.values.map(\.bitPattern) }
      #expect((critics[0] == critics[1]) == (rate == 0))
      #expect(x[0] != Self.digest(Self.run(groups, recipe: recipe))[0], "nothing was learned")
    }
  }

  // MARK: gradients

  /// A group's first step is that of back-propagation through the group and its critic.
  @Test(arguments: [1, 2, 3])
  func aGroupsStepIsThatOfItsSubnetwork(first: Int) throws {
    var recipe = Self.recipe()
    recipe.batch = 96
    let groups = try LayerGroups(Self.network(), count: 3, head: .convolution(channels: nil))
    let run = Self.run(groups, recipe: recipe), network = try groups.subnetwork(first)
    _ = try run.train(Self.samples, order: Self.order(0))
    let whole = Run(
      network, start: Self.parameters(network), recipe: recipe,
      data: Self.data, pool: ThreadPool(threads: 1))
    whole.takeStep()
    let names = Set(groups.groups[first - 1].nodes.map(\.name)), own = try run.parameters(of: first)
    let before = Self.parameters(network)
    for entry in network.layout.entries where names.contains(entry.layer) {
      for i in entry.range {
        #expect(abs(own.values[i] - whole.parameters.values[i]) < 2e-6, "\(entry.name)")
      }
      #expect(own.values[entry.range] != before.values[entry.range], "\(entry.name)")
    }
  }

  /// Adam's first moment after one step is a tenth of the gradient of mean |L_1 - L_2|, by differences of losses.
  @Test func criticsDescendTheirDistance() throws {
    var recipe = Self.recipe()
    (recipe.batch, recipe.learningRate) = (96, 1e-12)
    let network = try ModelCatalog.architecture("mlp:9,8", input: Self.shape, classes: 3)
    let groups = try LayerGroups(network, count: 2, head: .linear), run = Self.run(groups, recipe: recipe)
    func distance(_ run: LocalCriticRun) throws -> Double {
      let losses = try run.evaluate(Self.samples).map {
        SampleScores.losses($0, classes: 3, labels: Self.labels).map(Double.init)
      }
      return zip(losses[0], losses[1]).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(losses[0].count)
    }
    let start = run.states
    _ = try run.train(Self.samples, order: Self.order(0))
    let moment = run.states[2].moment1
    for i in stride(from: 0, to: moment.values.count, by: 5) {
      let sides = try [Float(1e-3), -1e-3].map { change in
        var states = start
        states[2].parameters.values[i] += change
        run.states = states
        return try distance(run)
      }
      let slope = (sides[0] - sides[1]) / 2e-3
      #expect(abs(slope - 10 * Double(moment.values[i])) < 1e-3 + 0.02 * abs(slope), "\(i)")
    }
  }

  /// With groups that hardly move, critics come near the losses behind them.
  @Test func criticsComeNearTheLoss() throws {
    var recipe = Self.recipe()
    (recipe.learningRate, recipe.steps) = (1e-9, .epochs(25))
    let groups = try LayerGroups(Self.network(), count: 3, head: .convolution(channels: nil))
    let run = Self.run(groups, threads: 2, recipe: recipe)
    let epochs = try (0..<25).map { try run.train(Self.samples, order: Self.order($0)) }
    #expect(epochs.last!.mismatch < 0.6 * epochs[0].mismatch)
    for i in 0..<2 { #expect(epochs.last!.gaps[i] < 0.7 * epochs[0].gaps[i]) }
  }

  /// A single group is back-propagation.
  @Test func oneGroupIsBackPropagation() throws {
    let recipe = Self.recipe(), network = try Self.network()
    let run = Self.run(try LayerGroups(network, count: 1, head: .linear), threads: 4)
    let whole = Run(
      network, start: Self.parameters(network), recipe: recipe,
      data: Self.data, pool: ThreadPool(threads: 1))
    for epoch in 0..<4 { _ = try run.train(Self.samples, order: Self.order(epoch)) }
    for _ in 0..<whole.totalSteps { whole.takeStep() }
    let pairs = zip(try run.parameters(of: 1).values, whole.parameters.values)
    #expect(pairs.allSatisfy { abs($0 - $1) < 1e-3 } && run.iteration == whole.iteration)
  }

  // MARK: sub-networks

  /// Exits are the sub-networks as any other network runs, to the bit.
  @Test(arguments: [CriticHead.linear, .convolution(channels: 4)])
  func exitsAreSubnetworks(head: CriticHead) throws {
    let groups = try LayerGroups(Self.network(), count: 4, head: head), run = Self.run(groups, threads: 2)
    for epoch in 0..<2 { _ = try run.train(Self.samples, order: Self.order(epoch)) }
    let outputs = try run.evaluate(Self.samples)
    for first in 1...4 {
      let network = try groups.subnetwork(first)
      let plain = OutputRun(
        network, start: try run.parameters(of: first), recipe: Self.recipe(), samples: Self.samples.count,
        pool: ThreadPool(threads: 1))
      #expect(try plain.evaluate(Self.samples) == outputs[first - 1], "\(first) groups")
    }
  }
}

extension Samples {
  fileprivate func dataset(classes: Int, shape: FeatureShape) throws -> Dataset {
    let split = Split(pixels: .floats(inputs), labels: labels)
    return try Dataset(
      name: "toy", source: "test", inputShape: shape, classCount: classes, pixelScale: 1, train: split, test: split)
  }
}
