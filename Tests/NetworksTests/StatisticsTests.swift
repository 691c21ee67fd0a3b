import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// Batch norm's statistics: of the batch, running, measured anew; and what evaluation makes of them.
@Suite struct StatisticsTests {
  static let networks = ["flat", "identity shortcut"]

  private func network(_ name: String) throws -> Architecture {
    try #require(try LayerCases.partialBatches().first { $0.name == name })
  }

  /// Follows the running statistics of every batch norm over batches of several sizes, in double precision.
  @Test(arguments: networks, [Pass.training, .measuring])
  func runningStatisticsFollowTheBatches(_ name: String, _ pass: Pass) throws {
    let network = try network(name), layout = network.layout, start = LayerCases.start(layout, seed: 2)
    let samples = Samples.random(200, size: network.input.count, classes: 3)
    let drill = Drill(
      network, start: start, samples: samples, batch: 50, loss: .softmaxCrossEntropy, needsBackward: false, pass: pass)
    var expected = start.values.map(Double.init), first = 0
    let reference = ReferenceNetwork(network)
    for (step, count) in [50, 16, 33, 2, 50, 49].enumerated() {
      drill.plan.step.statisticsShare = 1 / Float(step + 1)
      drill.step(first: first, count: count)
      let inputs = (first..<first + count).map { samples.input($0).map(Double.init) }
      let values = try reference.values(inputs, expected)
      for node in network.nodes {
        guard let norm = node.layer as? BatchNorm else { continue }
        let share = pass == .measuring ? 1 / Double(step + 1) : norm.momentum
        move(&expected, layout.entries(of: node.name), values[node.inputs[0]]!, share: share)
      }
      first += count
    }
    let found = drill.plan.parameters.values
    for entry in layout.entries where !entry.isTrained {
      for i in entry.range {
        #expect(abs(Double(found[i]) - expected[i]) < 2e-6 * max(1, abs(expected[i])), "\(entry.name), number \(i)")
      }
    }
    for entry in layout.entries where entry.isTrained { #expect(found[entry.range] == start.values[entry.range]) }
  }

  private func move(
    _ parameters: inout [Double], _ entries: [ParameterLayout.Entry], _ x: [[Double]], share: Double
  ) {
    let mean = entries.first { $0.shape.role == .runningMean }!, variance = entries.last!
    let statistics = ReferenceNetwork.statistics(x, channels: mean.count)
    let count = Double(x.count * x[0].count / mean.count)
    for (c, found) in statistics.enumerated() {
      parameters[mean.offset + c] += share * (found.mean - parameters[mean.offset + c])
      let unbiased = found.variance * count / (count - 1)
      parameters[variance.offset + c] += share * (unbiased - parameters[variance.offset + c])
    }
  }

  @Test(arguments: networks, [1, 20, 50])
  func evaluationUsesRunningStatistics(_ name: String, _ count: Int) throws {
    let network = try network(name), start = LayerCases.start(network.layout, seed: 4)
    let samples = Samples.random(count, size: network.input.count, classes: 3)
    let drill = Drill(
      network, start: start, samples: samples, batch: 50, loss: .softmaxCrossEntropy, needsBackward: false,
      pass: .evaluation)
    drill.step(count: count)
    let expected = try ReferenceNetwork(network).outputs(
      (0..<count).map { samples.input($0).map(Double.init) }, start.values.map(Double.init), for: .evaluation)
    for (found, wanted) in zip(drill.plan.output(count: count), expected) {
      for (a, b) in zip(found, wanted) { #expect(abs(Double(a) - b) < 1e-5 * max(1, abs(b))) }
    }
    #expect(drill.plan.parameters == start)
  }

  /// A mean far from zero cancels next to nothing of the variance, wherever the first run of the sums begins.
  @Test(arguments: [1.0, 1e3, -1e5])
  func variancesSurviveLargeMeans(_ mean: Double) throws {
    var network = Architecture(name: "far", input: FeatureShape(channels: 2, height: 7, width: 5))
    try network.append("bn", BatchNorm())
    var samples = Samples.random(60, size: 70, classes: 2)
    // The first row of the second channel is an outlier.
    for i in samples.inputs.indices { samples.inputs[i] += i % 70 / 5 == 7 ? 0 : Float(mean) }
    let start = Initializer.kaimingNormal.parameters(for: network.layout, seed: 1)
    let drill = Drill(
      network, start: start, samples: samples, batch: 60, loss: .meanSquaredError, needsBackward: false,
      pass: .measuring)
    drill.step(count: 60)
    let x = (0..<60).map { samples.input($0).map(Double.init) }
    let entries = network.layout.entries, found = drill.plan.parameters.values
    for (c, wanted) in ReferenceNetwork.statistics(x, channels: 2).enumerated() {
      let unbiased = wanted.variance * 2100 / 2099
      #expect(abs(Double(found[entries[2].offset + c]) - wanted.mean) <= 1e-6 * abs(wanted.mean) + 1e-6)
      #expect(abs(Double(found[entries[3].offset + c]) / unbiased - 1) < 2e-5, "channel \(c)")
    }
  }

  /// One value has no unbiased variance: the running one stays.
  @Test func singleValuesLeaveTheRunningVariance() throws {
    var network = Architecture(name: "one", input: FeatureShape(channels: 3))
    try network.append("bn", BatchNorm())
    let start = LayerCases.start(network.layout, seed: 1), entries = network.layout.entries
    let samples = Samples(inputs: [5, 6, 7], labels: [0], size: 3)
    let drill = Drill(network, start: start, samples: samples, batch: 4, loss: .meanSquaredError, needsBackward: true)
    drill.step(count: 1)
    let found = drill.plan.parameters.values
    #expect(found[entries[3].range] == start.values[entries[3].range])
    for (c, i) in entries[2].range.enumerated() {
      let expected: Float = 0.9 * start.values[i] + 0.1 * Float(5 + c)
      #expect(abs(found[i] - expected) < 1e-6)
    }
    #expect(drill.plan.output(count: 1)[0] == Array(start.values[entries[1].range]))
  }
}

/// What the graph's structure decides: memory that is shared, work that is left out.
@Suite struct GraphTests {
  /// Branches that do not reach the output are computed, but neither trained nor a danger to the rest.
  @Test func deadEndsGetNoGradient() throws {
    let samples = Samples.random(20, size: 4, classes: 3)
    func gradients(_ withBranch: Bool) throws -> (Architecture, Parameters) {
      var network = Architecture(name: "branch", input: FeatureShape(channels: 4))
      try network.append("fc1", Linear(5))
      try network.append("relu", Rectifier())
      if withBranch {
        try network.append("branch", Linear(7), inputs: ["relu"])
        try network.append("branch-relu", Rectifier())
      }
      try network.append("fc2", Linear(3), inputs: ["relu"])
      let start = LayerCases.start(network.layout, seed: 1)
      let drill = Drill(network, start: start, samples: samples, batch: 20, loss: .softmaxCrossEntropy)
      drill.step(count: 20)
      return (network, drill.plan.parameterGradients)
    }
    let (network, found) = try gradients(true), (plain, expected) = try gradients(false)
    for entry in network.layout.entries {
      if let other = plain.layout.entries.first(where: { $0.name == entry.name }) {
        #expect(found.values[entry.range] == expected.values[other.range], "\(entry.name)")
      } else {
        #expect(found.values[entry.range].allSatisfy { $0 == 0 }, "\(entry.name)")
      }
    }
  }

  /// A residual block costs no memory for its sum, and none for the gradient of its shortcut.
  @Test func residualSumsTakeNoMemory() throws {
    func bytes(_ withSum: Bool) throws -> Int {
      var network = Architecture(name: "block", input: FeatureShape(channels: 8, height: 16, width: 16))
      try network.append("conv0", Convolution(8, kernel: 3, padding: 1, hasBias: false))
      try network.append("bn0", BatchNorm())
      try network.append("relu0", Rectifier())
      try network.append("conv1", Convolution(8, kernel: 3, padding: 1, hasBias: false))
      try network.append("bn1", BatchNorm())
      if withSum { try network.append("sum", Sum(), inputs: ["relu0", "bn1"]) }
      try network.append("relu1", Rectifier())
      try network.append("conv2", Convolution(8, kernel: 3, padding: 1, hasBias: false))
      try network.append("pool", AveragePool())
      return Plan(network, batch: 64).memoryBytes
    }
    #expect(try bytes(true) == bytes(false))
  }
}
