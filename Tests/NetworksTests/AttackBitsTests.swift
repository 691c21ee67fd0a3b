import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// Attacks leave the same bits whether batch norm is applied by the product before it or by itself, and whether threads
/// share every call or take blocks of samples of their own: at all levels, dense and sparse.
@Suite(.serialized) struct AttackBitsTests {
  static let levels = CPULevel.available(for: "attacks")

  /// Batches of one block, of some with the last partly empty, and of whole groups.
  @Test(arguments: [70, 128], [1, 0.3])
  func networksAgree(_ batch: Int, _ density: Double) throws {
    for (name, side) in [("conv-s:0.125", 16), ("resnet-14:0.125", 16), ("vgg-11-bn:0.03125", 32)] {
      let input = FeatureShape(channels: 3, height: side, width: side)
      try expectAgreement(ModelCatalog.architecture(name, input: input, classes: 4), batch, density)
    }
  }

  /// Batch norm before all that can follow it: a rectifier or none, pooling, a window that leaves places out, a sum, a
  /// sign, dropout, features, and the network's output.
  @Test(arguments: [17, 70])
  func layersAgree(_ batch: Int) throws {
    let norm = BatchNorm(), convolution = Convolution(5, kernel: 3, padding: 1, hasBias: false)
    let chains: [[any Layer]] = [
      [convolution, norm, Rectifier(), MaxPool(), convolution, norm, AveragePool(), Linear(3)],
      [convolution, norm, Convolution(7, kernel: 5, stride: 2, padding: 2), norm, Rectifier(), Linear(3)],
      [convolution, norm, Dropout(), convolution, norm, Rectifier(), Dropout(), Linear(3)],
      [convolution, norm, Sign(), convolution, norm, Rectifier(), Linear(3), norm],
      [Linear(9, hasBias: false), norm, Rectifier(), Linear(7), BatchNorm(affine: false), Rectifier(), Linear(3)],
      [norm, convolution, Rectifier(), norm, Convolution(6, kernel: 1, groups: 1), norm, Rectifier(), Linear(3)],
      [Convolution(6, kernel: 3, padding: 1), norm, Convolution(6, kernel: 3, padding: 1, groups: 6), norm, Linear(3)],
    ]
    for (i, layers) in chains.enumerated() {
      let input = FeatureShape(channels: 3, height: 11, width: 9)
      let architecture = try LayerCases.network("chain \(i)", input: input, layers)
      for density in [1, 0.4] { expectAgreement(architecture, batch, density) }
    }
    let others = try LayerCases.norms() + LayerCases.joins() + LayerCases.upsamplings()
    for architecture in others where architecture.output.count > 1 {
      expectAgreement(architecture, batch, 0.6)
    }
  }

  private func expectAgreement(_ architecture: Architecture, _ batch: Int, _ density: Double) {
    var reference: Trace?
    for level in Self.levels {
      for execution in [Execution.dense, .sparse] {
        for threads in level == .portable ? 1...1 : 1...3 {
          let bench = Bench(architecture, batch, density, threads, execution, level)
          let apart = bench.trace { emit, p, labels in
            let plain = emit.attackingInTraining.during(.evaluation)
            for _ in 0..<2 {
              plain.forward()
              plain.attackLoss(.crossEntropy, p, labels: labels, needsGradient: true)
              plain.backward()
              plain.step(p, .sign, .maximum)
            }
          }
          let together = bench.trace { $0.attack($1, steps: 2, raising: .crossEntropy, labels: $2) }
          let expected = reference ?? apart
          reference = expected
          let what =
            "\(architecture.name), batch \(batch), density \(density): \(level), \(execution), \(threads) threads"
          // Booleans, for the numbers of a failure would fill pages.
          let (isApart, isTogether) = (apart == expected, together == expected)
          #expect(isApart, "\(what), apart")
          #expect(isTogether, "\(what), together")
        }
      }
    }
  }

  /// What an attack leaves of the samples of a batch that is not full.
  private struct Trace: Equatable {
    var pixels: [Float]
    var losses: [Float]
    var gradients: [[UInt32]]
  }

  private final class Bench {
    let plan: Plan
    let samples: Samples
    private let perturbation: Perturbation
    private let source: SampleSource
    private let pool: ThreadPool
    private let tables = Tables()
    private let count: Int

    init(
      _ architecture: Architecture, _ batch: Int, _ density: Double, _ threads: Int, _ execution: Execution,
      _ level: CPULevel
    ) {
      count = max(1, batch - 3)
      samples = Samples.random(count, size: architecture.input.count, classes: architecture.output.count)
      pool = ThreadPool(threads: threads)
      plan = Plan(
        architecture, mask: density == 1 ? nil : Mask.random(architecture.layout, density: density), batch: batch,
        threads: threads, needsInputGradient: true, execution: execution, kernels: level.kernels)
      plan.parameters = LayerCases.start(plan.layout, seed: 5)
      let channels = architecture.input.channels
      source = SampleSource(
        pixels: .floats(tables.table(samples.inputs)), multipliers: [Float](repeating: 1.5, count: channels),
        shifts: [Float](repeating: -0.25, count: channels))
      perturbation = plan.perturbation(source, PixelScale(lowest: -4, highest: 4, perUnit: 1))
      for buffer in [perturbation.radius, perturbation.startRadius] { buffer.fill(0.2) }
      perturbation.stepSize.fill(0.07)
    }

    func trace(_ attack: (Emitter, Perturbation, UnsafePointer<Int32>) -> Void) -> Trace {
      let emit = Emitter(plan), p = perturbation
      emit.loadClean(source, p)
      emit.start(p, .uniform)
      attack(emit, p, tables.table(samples.labels))
      p.use(RandomStream(seed: 3, "attack bits"))
      let order = (0..<count).map { Int32($0) }
      order.withUnsafeBufferPointer { plan.step.select($0, first: 0, count: count) }
      emit.program.run(on: pool)
      var pixels: [Float] = []
      for sample in 0..<count {
        p.layout.eachPixel(of: sample) { pixels.append(p.pixels.pointer[p.layout.origin + $1]) }
      }
      return Trace(
        pixels: pixels, losses: (0..<count).map { p.loss($0) },
        // A zero's sign moves no pixel.
        gradients: plan.networkInputGradient(count: count).map { $0.map { ($0 + 0).bitPattern } })
    }
  }
}
