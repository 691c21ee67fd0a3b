public import Lanes
public import Networks
public import Training

/// A network with its data, from which criteria take gradients of the loss.
public struct GradientProbe: Sendable {
  public let architecture: Architecture
  public let data: TrainingData
  public let loss: Loss
  public let samples: ScoringSamples
  /// The seed of the samples' order.
  public let seed: UInt64
  public let threads: Int
  public let execution: Execution
  /// Where the samples that are looked at are noted.
  var log: ScoringLog?

  public init(
    _ architecture: Architecture, data: TrainingData, loss: Loss, samples: ScoringSamples, seed: UInt64,
    threads: Int = 1, execution: Execution = .automatic
  ) {
    self.architecture = architecture
    self.data = data
    self.loss = loss
    self.samples = samples
    self.seed = seed
    self.threads = threads
    self.execution = execution
  }

  package var store: SampleStore { samples.source == .train ? data.train : data.validation }
  package var balanced: BalancedBatches {
    BalancedBatches(
      labels: UnsafeBufferPointer(start: store.labels, count: store.count), size: samples.batch, seed: seed)
  }

  /// A statistic of the gradients of the batches' mean losses, one number a parameter.
  ///
  /// - Parameters:
  ///   - parameters: The weights at which the gradients are taken; those that the mask prunes count as zero.
  ///   - seesPruned: Whether pruned weights get the gradients that they would have; else theirs are zero.
  ///   - pass: Every pass has batches of its own.
  public func statistic(
    _ statistic: GradientStatistic, of parameters: Parameters, mask: Mask, seesPruned: Bool = false, pass: Int = 0
  ) throws -> [Float] {
    let network = try ScoringNetwork(architecture, freezesNorms: samples.norm == .running)
    guard network.isOriginal else {
      let found = statistics(
        statistic, network.architecture, network.parameters(parameters), network.mask(mask), seesPruned, pass)
      return network.original(found)
    }
    return statistics(statistic, architecture, parameters, mask, seesPruned, pass)
  }

  private func statistics(
    _ statistic: GradientStatistic, _ architecture: Architecture, _ parameters: Parameters, _ mask: Mask,
    _ seesPruned: Bool, _ pass: Int
  ) -> [Float] {
    let plan = Plan(
      architecture, mask: seesPruned ? nil : mask, batch: samples.batch, threads: threads,
      execution: seesPruned ? .dense : execution)
    // The plan leaves out by itself what its mask prunes.
    plan.parameters = seesPruned ? parameters.masked(by: mask) : parameters
    let program = gradientProgram(plan), pool = ThreadPool(threads: threads), batches = balanced
    var sum = GradientSum(statistic)
    for number in pass * samples.batches..<(pass + 1) * samples.batches {
      look(at: number, of: batches).withUnsafeBufferPointer { plan.step.select($0, first: 0, count: samples.batch) }
      program.run(on: pool)
      sum.add(plan.parameterGradients.values)
    }
    var result = sum.take()
    // Dense kernels give pruned weights the gradients that they would have.
    if !seesPruned {
      result.withUnsafeMutableBufferPointer { result in
        mask.keeps.withUnsafeBufferPointer { keeps in
          for i in result.indices where !keeps[i] { result[i] = 0 }
        }
      }
    }
    return result
  }

  private func look(at number: Int, of batches: BalancedBatches) -> [Int32] {
    let batch = batches.batch(number)
    log?.look(at: batch)
    return batch
  }

  /// A batch for evaluation in double precision.
  package func doubleBatch(_ number: Int) -> DoubleBatch {
    let samples = look(at: number, of: balanced)
    return DoubleBatch(
      inputs: samples.map { store.input(Int($0)).map(Double.init) }, labels: samples.map { store.labels[Int($0)] })
  }

  /// The network in double precision, with batch norm as the samples say.
  func doubleNetwork() throws -> DoubleNetwork {
    try DoubleNetwork(architecture, usesBatchStatistics: samples.norm == .batch)
  }

  private func gradientProgram(_ plan: Plan) -> Program {
    let emit = Emitter(plan)
    emit.batch(store.source)
    emit.forward()
    emit.loss(loss, labels: store.labels, needsGradient: true)
    emit.backward()
    return emit.program
  }
}

/// Gradients of several batches, added up in double precision in the order in which they come. Of a single batch all
/// statistics are |g|, and nothing is added.
private struct GradientSum {
  private let statistic: GradientStatistic
  private var first: [Float] = []
  private var sums: [Double] = []
  private var batches = 0

  init(_ statistic: GradientStatistic) { self.statistic = statistic }

  mutating func add(_ gradients: [Float]) {
    batches += 1
    if batches == 1 {
      first = gradients
      return
    }
    if batches == 2 {
      sums = [Double](repeating: 0, count: gradients.count)
      accumulate(first)
      first = []
    }
    accumulate(gradients)
  }

  private mutating func accumulate(_ gradients: [Float]) {
    switch statistic {
    case .gradient: for i in sums.indices { sums[i] += Double(gradients[i]) }
    case .meanAbsolute: for i in sums.indices { sums[i] += Double(gradients[i].magnitude) }
    case .fisher: for i in sums.indices { sums[i] += Double(gradients[i]) * Double(gradients[i]) }
    }
  }

  /// The statistic; the sums are gone then.
  mutating func take() -> [Float] {
    if batches == 1 {
      var result: [Float] = []
      swap(&result, &first)
      result.withUnsafeMutableBufferPointer { values in for i in values.indices { values[i] = values[i].magnitude } }
      return result
    }
    let count = Double(batches)
    return sums.map { sum in
      let mean = sum / count
      return Float(statistic == .fisher ? mean.squareRoot() : mean.magnitude)
    }
  }
}
