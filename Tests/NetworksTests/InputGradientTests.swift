import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing

/// The gradient of the network's input, which attacks follow, against central differences in double precision.
@Suite struct InputGradientTests {
  /// Signs have no derivative to compare with: see `SignTests`.
  @Test(arguments: LayerCatalog.all.map { $0.kind }.filter { $0 != Sign.kind }, Execution.allCases)
  func inputsHaveTheirGradient(_ kind: String, _ execution: Execution) throws {
    for architecture in try LayerCases.architectures(of: kind) where architecture.output.count > 1 {
      for pass in [Pass.training, .evaluation] { try expectInputGradient(architecture, pass, execution) }
    }
  }

  /// Weights learn the same whether or not the plan can give the input a gradient.
  @Test(arguments: LayerCatalog.all.map { $0.kind })
  func parameterGradientsKeepTheirBits(_ kind: String) throws {
    for architecture in try LayerCases.architectures(of: kind) where architecture.output.count > 1 {
      let plain = try Bench(architecture, needsInputGradient: false), attacked = try Bench(architecture)
      plain.run { $0.backward() }
      attacked.run { $0.backward() }
      let difference = BitComparison(plain.plan.parameterGradients.values, attacked.plan.parameterGradients.values)
      #expect(difference.isEqual, "\(architecture.name): \(difference)")
    }
  }

  @Test func attacksLeaveParametersAndStatisticsAlone() throws {
    for architecture in try LayerCases.norms() {
      let bench = try Bench(architecture), before = bench.plan.parameters
      bench.run {
        $0.attacking.backward()
      } forward: {
        $0.attacking.forward()
      }
      #expect(bench.plan.parameterGradients.values.allSatisfy { $0 == 0 }, "\(architecture.name)")
      let difference = BitComparison(bench.plan.parameters.values, before.values)
      #expect(difference.isEqual, "\(architecture.name): \(difference)")
    }
  }

  private func expectInputGradient(_ architecture: Architecture, _ pass: Pass, _ execution: Execution) throws {
    let bench = try Bench(architecture, execution: execution)
    func emit(_ emit: Emitter) -> Emitter { pass == .evaluation ? emit.attacking : emit.attackingInTraining }
    bench.run {
      emit($0).backward()
    } forward: {
      emit($0).forward()
    }
    let found = bench.plan.networkInputGradient(count: bench.samples.count)
    let reference = ReferenceNetwork(architecture), parameters = bench.plan.parameters.values.map(Double.init)
    var inputs = (0..<bench.samples.count).map { bench.samples.input($0).map(Double.init) }
    var wrong: [String] = []
    for sample in stride(from: 0, to: inputs.count, by: 4) {
      for i in inputs[sample].indices {
        let expected = try numericalDerivative(at: inputs[sample][i]) { x in
          let kept = inputs[sample][i]
          defer { inputs[sample][i] = kept }
          inputs[sample][i] = x
          let z = try reference.outputs(inputs, parameters, for: pass)
          return z.enumerated().reduce(0) {
            $0 + ReferenceLoss.value(.softmaxCrossEntropy, $1.element, label: Int(bench.samples.labels[$1.offset]))
          } / Double(inputs.count)
        }
        if abs(Double(found[sample][i]) - expected) > 2e-4 * abs(expected) + 2e-6 {
          wrong.append("sample \(sample), input \(i): \(found[sample][i]), not \(expected)")
        }
      }
    }
    #expect(wrong.isEmpty, "\(architecture.name), \(pass), \(execution): \(wrong.prefix(3))")
  }

  /// A network with one batch of random samples.
  private final class Bench {
    let plan: Plan
    let samples: Samples
    private let tables = Tables()

    init(_ architecture: Architecture, needsInputGradient: Bool = true, execution: Execution = .automatic) throws {
      samples = Samples.random(21, size: architecture.input.count, classes: architecture.output.count)
      plan = Plan(architecture, batch: 21, needsInputGradient: needsInputGradient, execution: execution)
      plan.parameters = LayerCases.start(plan.layout, seed: 5)
    }

    func run(_ backward: (Emitter) -> Void, forward: (Emitter) -> Void = { $0.forward() }) {
      let channels = plan.architecture.input.channels, emit = Emitter(plan)
      emit.batch(
        SampleSource(
          pixels: .floats(tables.table(samples.inputs)), multipliers: [Float](repeating: 1, count: channels),
          shifts: [Float](repeating: 0, count: channels)))
      forward(emit)
      emit.loss(.softmaxCrossEntropy, labels: tables.table(samples.labels), needsGradient: true)
      backward(emit)
      let order = (0..<samples.count).map { Int32($0) }
      order.withUnsafeBufferPointer { plan.step.select($0, first: 0, count: samples.count) }
      emit.program.run(on: ThreadPool(threads: 1))
    }
  }
}
