import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing

/// Gradients of the engine against central differences of a plain double-precision network.
@Suite struct GradientTests {
  static let kinds = LayerCatalog.all.map { $0.kind }

  @Test(arguments: kinds)
  func everyLayerHasACase(_ kind: String) throws {
    #expect(
      try !LayerCases.architectures(of: kind).isEmpty,
      "add networks with '\(kind)' to Tests/NetworksTests/LayerCases.swift")
  }

  /// Signs have no derivative to compare with: see `SignTests`.
  @Test(arguments: kinds.filter { $0 != Sign.kind }, Execution.allCases)
  func layersHaveTheirGradients(_ kind: String, _ execution: Execution) throws {
    for architecture in try LayerCases.architectures(of: kind) {
      for loss in Loss.allCases where loss != .softmaxCrossEntropy || architecture.output.count > 1 {
        try expectGradients(architecture, loss, execution: execution)
      }
    }
  }

  @Test(arguments: Loss.allCases, [1, 3, 10])
  func lossesHaveTheirGradients(_ loss: Loss, _ outputs: Int) throws {
    let architecture = try LayerCases.network(
      "\(loss) of \(outputs)", input: FeatureShape(channels: 6), [Linear(9), Rectifier(), Linear(outputs)])
    for batch in [1, 5, 37] { try expectGradients(architecture, loss, batch: batch) }
  }

  @Test(arguments: [0.5, 0.1])
  func maskedNetworksHaveTheirGradients(_ density: Double) throws {
    let architecture = try ModelCatalog.architecture("mlp:17,7", input: FeatureShape(channels: 9), classes: 3)
    let mask = Mask.random(architecture.layout, density: density)
    for execution in Execution.allCases {
      try expectGradients(architecture, .softmaxCrossEntropy, mask: mask, execution: execution)
      try expectGradients(architecture, .softmaxCrossEntropy, mask: mask.emptyingRowsAndColumns(), execution: execution)
    }
  }

  /// More blocks of samples than one panel of the dense weight gradient holds.
  @Test(arguments: [512, 513, 1100], Execution.allCases)
  func largeBatchesHaveTheirGradients(_ batch: Int, _ execution: Execution) throws {
    let architecture = try ModelCatalog.architecture("mlp:13", input: FeatureShape(channels: 11), classes: 3)
    try expectGradients(architecture, .softmaxCrossEntropy, batch: batch, execution: execution, every: 7)
  }

  /// Batch norm takes its statistics from the samples alone, however many lanes and blocks stay empty.
  @Test(arguments: [(1, 1), (5, 5), (16, 16), (37, 37), (64, 50), (64, 3), (100, 100), (150, 131), (150, 20)])
  func partialBatchesHaveTheirGradients(_ batch: Int, _ count: Int) throws {
    for architecture in try LayerCases.partialBatches() {
      for execution in [Execution.dense, .sparse] {
        try expectGradients(
          architecture, .softmaxCrossEntropy, batch: batch, count: count, execution: execution, every: 3)
      }
    }
  }

  private func expectGradients(
    _ architecture: Architecture, _ loss: Loss, batch capacity: Int = 21, count: Int? = nil, mask: Mask? = nil,
    execution: Execution = .automatic, every: Int = 1
  ) throws {
    let batch = count ?? capacity
    let outputs = architecture.output.count, layout = architecture.layout, mask = mask ?? Mask(fullFor: layout)
    // One output unit with softmax knows a single class.
    let classes = outputs > 1 ? outputs : loss == .softmaxCrossEntropy ? 1 : 2
    let samples = Samples.random(batch, size: architecture.input.count, classes: classes)
    let start = LayerCases.start(layout, seed: 5).masked(by: mask)
    let drill = Drill(
      architecture, start: start, mask: mask, samples: samples, batch: capacity, loss: loss, execution: execution)
    let value = drill.step(count: batch)
    let reference = ReferenceNetwork(architecture), point = start.values.map(Double.init)
    let expected = try reference.loss(loss, samples, count: batch, point)
    let what = "\(architecture.name), \(loss), \(execution), batch \(batch)"
    #expect(abs(value - expected) <= 1e-5 * max(1, abs(expected)), "\(what): loss \(value), not \(expected)")
    var numerical: [Int: Double] = [:]
    let trained = layout.entries.filter(\.isTrained).flatMap(\.range)
    for i in stride(from: 0, to: trained.count, by: every).map({ trained[$0] }) where mask.keeps[i] {
      numerical[i] = try numericalDerivative(at: point[i]) { x in
        var moved = point
        moved[i] = x
        return try reference.loss(loss, samples, count: batch, moved)
      }
    }
    expectClose(drill.plan.parameterGradients.values, numerical, "\(what): parameters")
    let forward = Drill(
      architecture, start: start, mask: mask, samples: samples, batch: capacity, loss: loss, needsBackward: false,
      execution: execution)
    forward.step(count: batch)
    expectOutputGradients(forward.plan, loss, samples, batch, what)
  }

  private func expectOutputGradients(_ plan: Plan, _ loss: Loss, _ samples: Samples, _ batch: Int, _ what: String) {
    let found = plan.outputGradient(count: batch)
    var numerical: [Int: Double] = [:]
    for (sample, output) in plan.output(count: batch).enumerated() {
      let z = output.map(Double.init)
      for c in z.indices {
        numerical[sample * z.count + c] = numericalDerivative(at: z[c]) { x in
          var moved = z
          moved[c] = x
          return ReferenceLoss.value(loss, moved, label: Int(samples.labels[sample])) / Double(batch)
        }
      }
    }
    expectClose(found.flatMap { $0 }, numerical, "\(what): outputs")
  }

  private func expectClose(_ found: [Float], _ expected: [Int: Double], _ what: String) {
    let largest = expected.values.map(abs).max() ?? 0
    let wrong = expected.filter { abs(Double(found[$0.key]) - $0.value) > 1e-4 * abs($0.value) + 2e-5 * largest + 1e-8 }
    guard let first = wrong.min(by: { $0.key < $1.key }) else { return }
    Issue.record(
      "\(what): \(wrong.count) of \(expected.count) are wrong; number \(first.key) is \(found[first.key]), not \(first.value)"
    )
  }
}
