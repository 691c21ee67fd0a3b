import Analysis
import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Methods
import TestSupport
import Testing
import Tickets

@Suite struct SurfTests {
  private static let small = [
    "data=digits", "features=6", "agents=6", "layers=3", "tasks=6", "held-out=4", "meta-steps=40", "agent-samples=12",
    "batch=6",
  ]

  private func runner(_ scratch: Scratch, _ changes: [String], seeds: [UInt64] = [0]) throws -> Runner<Surf> {
    var settings = SurfSettings()
    for change in Self.small + changes { try settings.apply(change) }
    return Runner(Surf(settings, seeds: seeds), threads: 2, output: scratch.url)
  }

  private func graph(_ agents: Int, degree: Int, seed: UInt64 = 0) -> AgentGraph {
    var random = RandomStream(seed: seed, "graph")
    return AgentGraph(regular: agents, degree: degree, &random)
  }

  // MARK: graphs

  @Test(arguments: [(4, 3), (10, 3), (12, 5)])
  func graphsAreRegularAndWeightsDoublyStochastic(_ agents: Int, _ degree: Int) {
    let graph = graph(agents, degree: degree)
    #expect(graph.neighbours.allSatisfy { $0.count == degree } && graph.messages == agents * degree)
    for (i, others) in graph.neighbours.enumerated() {
      #expect(others.allSatisfy { $0 != i && graph.neighbours[$0].contains(i) })
    }
    for silent in [[], [1], [0, 2]] as [Set<Int>] {
      let weights = graph.weights(silent: silent)
      for i in 0..<agents {
        #expect(abs((0..<agents).reduce(0) { $0 + weights[i, $1] } - 1) < 1e-12)
        #expect((0..<agents).allSatisfy { weights[i, $0] == weights[$0, i] && weights[i, $0] >= 0 })
      }
      for i in silent { #expect(weights[i, i] == 1) }
    }
    var random = RandomStream(seed: 1, "moved")
    #expect(AgentGraph(ring: 7).shuffled(&random).neighbours.allSatisfy { $0.count == 2 })
  }

  /// The filter is the polynomial in S, and with two taps an agent hears its neighbours alone.
  @Test func filtersArePolynomials() {
    let weights = AgentGraph(ring: 8).weights()
    var random = RandomStream(seed: 2, "heads")
    let heads = Matrix(8, 5, normal: &random, deviation: 1), taps = [0.7, -0.4, 0.2]
    func filtered(_ heads: Matrix, _ taps: [Double]) -> Matrix {
      let tape = Tape(), variables = taps.map { tape.constant(Matrix([[$0]])) }
      return tape[UnrolledNetwork.filtered(tape, tape.constant(heads), variables, by: weights)]
    }
    let squared = weights * weights
    var polynomial = Matrix(8, 8)
    for i in 0..<8 {
      for j in 0..<8 {
        polynomial[i, j] = (i == j ? taps[0] : 0) + taps[1] * weights[i, j] + taps[2] * squared[i, j]
      }
    }
    for (a, b) in zip(filtered(heads, taps).values, (polynomial * heads).values) { #expect(abs(a - b) < 1e-12) }
    var touched = heads
    for column in 0..<5 { touched[0, column] += 1 }
    let before = filtered(heads, Array(taps.prefix(2))), after = filtered(touched, Array(taps.prefix(2)))
    let moved = (0..<8).filter { row in (0..<5).contains { before[row, $0] != after[row, $0] } }
    #expect(moved == [0, 1, 7])
  }

  // MARK: losses and layers

  private func task(_ agents: Int, features: Int, classes: Int) -> FederatedTask {
    var random = RandomStream(seed: 4, "task")
    func samples(_ count: Int) -> (Matrix, Matrix) {
      let labels = (0..<count).map { $0 % classes }
      let rows = labels.map { label in
        (0..<features - 1).map { (2 * ($0 == label ? 1 : 0)) + 0.5 * random.nextNormal() } + [1]
      }
      return (Matrix(rows), Matrix(labels.map { label in (0..<classes).map { $0 == label ? 1 : 0 } }))
    }
    let own = (0..<agents).map { _ in samples(12) }, judged = samples(30)
    return FederatedTask(
      inputs: own.map(\.0), labels: own.map(\.1), testInputs: judged.0, testLabels: judged.1,
      start: Matrix(agents, features * classes, normal: &random, deviation: 1))
  }

  /// The gradient that layers and constraints see is that of the loss.
  @Test func headGradientsAreThoseOfTheLoss() {
    var task = task(2, features: 4, classes: 3)
    (task.testInputs, task.testLabels) = (task.inputs[0], task.labels[0])
    let tape = Tape(), heads = tape.parameter(task.start)
    let automatic = tape.gradients(of: HeadLoss.testLoss(tape, heads, task), by: [heads])[0]
    let inputs = [task.inputs[0], task.inputs[0]], labels = [task.labels[0], task.labels[0]]
    let explicit = tape[HeadLoss.gradient(tape, heads, inputs, labels)]
    for (a, b) in zip(automatic.values, explicit.values) { #expect(abs(2 * a - b) < 1e-12) }
  }

  /// A silent agent's head stays, weights that do not exist stay zero, and the others move.
  @Test(arguments: [true, false])
  func silentAgentsAndMasksStay(_ seesGradient: Bool) {
    var task = task(5, features: 4, classes: 3)
    let mask = (0..<12).map { $0 % 4 == 0 ? 0.0 : 1 }, weights = AgentGraph(ring: 5).weights(silent: [2])
    for i in task.start.values.indices { task.start.values[i] *= mask[i % 12] }
    let shape = UnrolledNetwork.Shape(
      layers: 2, taps: 2, features: 4, classes: 3, batch: 6, seesGradient: seesGradient)
    let network = UnrolledNetwork(shape, mask: mask, seed: 0)
    let round = AgentRound(weights: weights, isHeard: [1, 1, 0, 1, 1])
    var random = RandomStream(seed: 0, "batches")
    let heads = network.run(task, [round, round], &random)
    for i in 0..<60 {
      if mask[i % 12] == 0 { #expect(heads[2].values[i] == 0) }
      if i / 12 == 2 { #expect(heads[2].values[i] == task.start.values[i]) }
    }
    #expect(heads[2] != task.start)
  }

  /// Baselines learn an easy task, and components are those of the covariance.
  @Test func baselinesLearn() {
    let task = task(6, features: 4, classes: 3), weights = AgentGraph(ring: 6).weights()
    let rounds = Array(repeating: AgentRound(weights: weights, isHeard: [1, 1, 1, 1, 1, 1]), count: 10)
    let baselines = FederatedBaselines(
      task: task, rounds: rounds, exchanges: 1, mask: [Double](repeating: 1, count: 12))
    let zero = Matrix(6, 12)
    for heads in [baselines.decentralised(rate: 1, from: zero), baselines.averaged(rate: 1, from: zero)] {
      #expect(heads.count == 11 && HeadLoss.accuracy(heads[10], task) > 0.9)
    }
    #expect(HeadLoss.accuracy(baselines.pooled(), task) > 0.9)
    var random = RandomStream(seed: 3, "samples")
    let samples = Matrix(
      (0..<300).map { _ in [3 * random.nextNormal(), random.nextNormal(), 0.1 * random.nextNormal()] })
    let components = PrincipalComponents(samples, count: 2, random: &random), features = components.features(samples)
    #expect(abs(components.directions[0, 0]) > 0.99 && components.variances[0] > 6 && components.variances[1] < 1.5)
    for column in 0..<2 {
      let square = (0..<300).reduce(0) { $0 + features[$1, column] * features[$1, column] } / 300
      #expect(abs(square - 1) < 1e-6)
    }
  }

  // MARK: the experiment

  /// Dual variables are finite and never negative, constraints make the gradient shrink more, bytes are counted by the mask.
  @Test func constraintsAreKept() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(scratch, ["head-density=0.5", "dual-lr=1", "failure=0.2", "drift=0.5", "graph=ring"])
    let record = try runner.run(locator: DataLocator()), finding = record.finding
    #expect(finding.arms.map(\.name) == ["surf", "unconstrained", "dgd", "dgd-zero", "fedavg", "pooled"])
    #expect(finding.duals.count == 11 && finding.duals.joined().allSatisfy { $0 >= 0 && $0.isFinite })
    #expect(finding.duals.last!.contains { $0 > 0 } && finding.weights == 21 && finding.kept == 11)
    #expect(finding.arms[0].roundBytes == 4 * 11 * 12 && finding.arms[4].roundBytes == 4 * 11 * 12)
    #expect(finding.arms[0].outside != nil && finding.arms[1].heldOut.ratios.count == 3)
    #expect(record.verdict.contains { $0.contains("not a lottery-ticket result") })
  }

  @Test(arguments: [
    (["features=65"], "64 numbers", "fewer --features"), (["degree=3", "agents=5"], "no graph", "even"),
    (["task-classes=9"], "9 classes", "larger --family"),
  ])
  func refusesWhatCannotWork(_ changes: [String], _ words: String, _ remedy: String) throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    try expectUsage(words, remedy) { _ = try runner(scratch, changes).run(locator: DataLocator()) }
  }
}
