import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// The losses of detectors: against their double-precision form, that against finite differences, and at their edges.
@Suite(.serialized) struct OutputLossTests {
  static let levels = CPULevel.available(for: "losses of outputs")
  static let input = FeatureShape(channels: 2, height: 6, width: 4)

  static func logits(_ count: Int, scale: Float = 3, seed: UInt64 = 4) -> [Float] {
    var random = RandomStream(seed: seed, "test-logits")
    return (0..<count).map { _ in scale * Float(random.nextNormal()) }
  }

  /// The engine's loss and gradient of given outputs: [sample][output].
  struct Bench {
    let losses: Float
    let gradient: [[Float]]

    init(
      _ loss: OutputLoss, _ z: [[Float]], _ targets: [[Float]], batch: Int? = nil, level: CPULevel = .current,
      threads: Int = 1
    ) throws {
      var network = Architecture(name: "outputs", input: FeatureShape(channels: z[0].count))
      try network.append("outputs", Join())
      let samples = Samples(
        inputs: z.flatMap { $0 }, labels: [Int32](repeating: 0, count: z.count), size: z[0].count)
      let drill = Drill(
        network, start: Parameters(zerosFor: network.layout), samples: samples, batch: batch ?? z.count, loss: loss,
        targets: targets, needsBackward: false, threads: threads, kernels: level.kernels)
      drill.step(count: z.count)
      losses = drill.plan.step.lossSum
      gradient = drill.plan.outputGradient(count: z.count)
      #expect(drill.plan.step.correct == 0)
    }
  }

  // MARK: slopes

  /// Ends of kinks are far away: lengths are compared with random numbers.
  @Test(arguments: OutputLoss.BoxLoss.allCases, [Float(0), 1.5])
  func doubleHasItsSlopes(_ boxes: OutputLoss.BoxLoss, _ dice: Float) throws {
    let toy = try ToyDetector(Self.input, boxes: boxes, dice: dice), count = toy.architecture.output.count
    for (sample, targets) in toy.targets(6).enumerated() {
      let t = targets.map(Double.init), z = Self.logits(count, seed: UInt64(sample)).map(Double.init)
      for term in toy.loss.terms {
        // Marks stay where they are: the term alone counts.
        var alone = toy.loss
        for i in alone.terms.indices where alone.terms[i] != term { alone.terms[i].weight = 0 }
        let slopes = alone.value(z, targets: t).slopes
        for i in term.range {
          let expected = numericalDerivative(at: z[i], step: 1e-5) { x in
            var moved = z
            moved[i] = x
            return alone.value(moved, targets: t).value
          }
          #expect(abs(slopes[i] - expected) < 1e-8 + 1e-6 * abs(expected), "\(term.kind), output \(i)")
        }
      }
    }
  }

  /// Batches with empty lanes and empty blocks; outputs that no term speaks of have no gradient.
  @Test(arguments: [(1, 1), (15, 15), (33, 33), (64, 20), (128, 113)], OutputLoss.BoxLoss.allCases)
  func engineAgrees(_ batch: (capacity: Int, count: Int), _ boxes: OutputLoss.BoxLoss) throws {
    let toy = try ToyDetector(Self.input, boxes: boxes, skipping: 3), count = toy.architecture.output.count
    let targets = toy.targets(batch.count), all = Self.logits(count * batch.count)
    let z = (0..<batch.count).map { Array(all[$0 * count..<($0 + 1) * count]) }
    let found = try Bench(toy.loss, z, targets, batch: batch.capacity)
    let expected = zip(z, targets).map { toy.loss.value($0.map(Double.init), targets: $1.map(Double.init)) }
    let sum = expected.reduce(0) { $0 + $1.value }
    #expect(abs(Double(found.losses) - sum) < 2e-6 * sum, "\(found.losses), not \(sum)")
    let largest = expected.flatMap(\.slopes).reduce(0) { max($0, abs($1)) }
    for (sample, exact) in expected.enumerated() {
      for (i, slope) in exact.slopes.enumerated() {
        let error = abs(Double(found.gradient[sample][i]) * Double(batch.count) - slope)
        #expect(error < 1e-5 * abs(slope) + 1e-6 * largest, "sample \(sample), output \(i)")
      }
    }
    for sample in found.gradient { #expect(sample[48..<51].allSatisfy { $0 == 0 }) }
    for level in Self.levels {
      for threads in 1...3 {
        let other = try Bench(toy.loss, z, targets, batch: batch.capacity, level: level, threads: threads)
        #expect(other.losses == found.losses, "\(level), \(threads) threads")
        let difference = BitComparison(other.gradient.flatMap { $0 }, found.gradient.flatMap { $0 })
        #expect(difference.isEqual, "\(level), \(threads) threads: \(difference)")
      }
    }
  }

  /// Through the whole network: all parameters' gradients against those in double precision.
  @Test(arguments: OutputLoss.BoxLoss.allCases, Execution.allCases)
  func detectorsHaveTheirGradients(_ boxes: OutputLoss.BoxLoss, _ execution: Execution) throws {
    let toy = try ToyDetector(Self.input, boxes: boxes, skipping: 5), layout = toy.architecture.layout, count = 21
    for density in [1, 0.4] {
      let mask = Mask.random(layout, density: density)
      let start = Initializer.kaimingNormal.parameters(for: layout, seed: 5).masked(by: mask)
      let samples = Samples.random(count, size: Self.input.count, classes: 2), targets = toy.targets(count)
      let drill = Drill(
        toy.architecture, start: start, mask: mask, samples: samples, batch: 37, loss: toy.loss, targets: targets,
        execution: execution)
      let loss = drill.step(count: count), found = drill.plan.parameterGradients.masked(by: mask).values
      let exact = try DoubleNetwork(toy.architecture, usesBatchStatistics: true).gradient(
        of: toy.loss, at: start.values.map(Double.init), keeps: mask.keeps,
        inputs: (0..<count).map { samples.input($0).map(Double.init) },
        targets: targets.map { $0.map(Double.init) })
      #expect(abs(loss - exact.loss) < 1e-5 * exact.loss, "\(loss), not \(exact.loss)")
      for entry in layout.entries where entry.isTrained {
        let scale = entry.range.reduce(0) { max($0, abs(exact.gradient[$1])) }
        for i in entry.range {
          #expect(abs(Double(found[i]) - exact.gradient[i]) <= 2e-5 * scale, "density \(density): \(entry.name)")
        }
      }
    }
  }

  /// Four steps leave the same bits at all levels, with all kernels and any number of threads.
  @Test(arguments: [16, 37], [1, 0.3])
  func detectorsKeepTheirBits(_ batch: Int, _ density: Double) throws {
    let toy = try ToyDetector(FeatureShape(channels: 3, height: 10, width: 8)), layout = toy.architecture.layout
    let mask = Mask.random(layout, density: density), count = 2 * batch
    let samples = Samples.random(count, size: toy.architecture.input.count, classes: 2), targets = toy.targets(count)
    var reference: (losses: [Double], values: [Float])?
    for level in Self.levels {
      for execution in Execution.allCases {
        for threads in 1...3 {
          let drill = Drill(
            toy.architecture, start: LayerCases.start(layout, seed: 3).masked(by: mask), mask: mask, samples: samples,
            batch: batch, loss: toy.loss, targets: targets, update: .sgd(momentum: 0.9, decay: 1e-4),
            threads: threads, execution: execution, kernels: level.kernels,
            streamedBytes: threads % 2 == 0 ? 0 : .max)
          let losses = (0..<4).map { drill.step(first: $0 % 2 * batch, count: batch - $0 % 2, rate: 0.01) }
          let values = drill.plan.parameters.values
          guard let expected = reference else {
            reference = (losses, values)
            #expect(losses[2] < losses[0])
            continue
          }
          let what = "\(level), \(execution), \(threads) threads"
          #expect(losses == expected.losses, "\(what)")
          let difference = BitComparison(values, expected.values)
          #expect(difference.values == 0, "\(what): \(difference)")
        }
      }
    }
  }
}
