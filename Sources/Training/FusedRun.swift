import Basics
public import Lanes
public import Networks

/// A small fully connected network in training, many steps a call: the same bits as `Run` gives, at the cost of its
/// arithmetic.
///
/// It takes SGD on the binary cross-entropy of one output, batches of whole blocks, and masks in which a unit that reaches
/// the output keeps its bias. It is confined to one task.
public final class FusedRun {
  public let architecture: Architecture
  public let recipe: Recipe
  public let batches: EpochBatches
  public private(set) var mask: Mask
  private let kernels: Kernels
  private var structure: FusedStructure
  private var network: FusedNetwork
  private var rates: [Float]
  /// Optimiser steps since the start of training.
  public private(set) var iteration = 0

  /// - Throws: `Problem.usage` if fused steps cannot run the network or the recipe.
  public init(
    _ architecture: Architecture, start: Parameters, mask: Mask, recipe: Recipe, batches: EpochBatches,
    kernels: Kernels = CPULevel.current.kernels
  ) throws {
    guard recipe.optimizer == .sgd, recipe.loss == .binaryCrossEntropy, recipe.batch == batches.batch,
      recipe.dropsLast || batches.sampleCount % recipe.batch == 0, recipe.classWeights == .none,
      recipe.sampling == .natural, recipe.patience == .zero
    else {
      throw Problem.usage(
        """
        Fused steps take SGD on the binary cross-entropy over whole batches of \(batches.batch), all samples alike, to the \
        end.
        """,
        remedy: "Train it with an ordinary run.")
    }
    precondition(recipe.orderSeed == batches.seed, "order of seed \(recipe.orderSeed), batches of \(batches.seed)")
    self.architecture = architecture
    self.recipe = recipe
    self.batches = batches
    self.mask = mask
    self.kernels = kernels
    structure = try FusedStructure(architecture, mask)
    network = Self.network(structure, batches, kernels)
    let perEpoch = batches.stepsPerEpoch, total = recipe.steps.iterations(perEpoch: perEpoch)
    rates = (0..<total).map {
      Float(recipe.schedule.rate(base: recipe.learningRate, at: $0, of: total, perEpoch: perEpoch))
    }
    load(start, into: network.weights)
  }

  private static func network(_ structure: FusedStructure, _ batches: EpochBatches, _ kernels: Kernels) -> FusedNetwork
  {
    FusedNetwork(
      structure.layers, features: batches.features, blocks: batches.batch / 16, idle: structure.idle.count,
      kernels: kernels)
  }

  public var stepsPerEpoch: Int { batches.stepsPerEpoch }
  public var totalSteps: Int { rates.count }

  /// Trains up to step number `end`.
  /// - Parameter record: Called with the losses of some steps, each the batch's mean before its update, if they are wanted.
  /// - Throws: `Interruption.problem`, at the start of an epoch, if the user asked to stop.
  public func train(until end: Int? = nil, record: (([Double]) -> Void)? = nil) throws {
    let end = end ?? totalSteps, momentum = Float(recipe.momentum), decay = Float(recipe.weightDecay)
    precondition(end <= totalSteps, "\(end) steps of \(totalSteps)")
    var losses = [Float](repeating: 0, count: record == nil ? 0 : stepsPerEpoch)
    while iteration < end {
      try Interruption.check()
      let first = iteration % stepsPerEpoch, count = min(end - iteration, stepsPerEpoch - first)
      let epoch = batches.epoch(iteration / stepsPerEpoch)
      rates[iteration..<iteration + count].withUnsafeBufferPointer { rates in
        losses.withUnsafeMutableBufferPointer {
          network.train(
            on: epoch, from: first, rates: rates, momentum: momentum, decay: decay, nesterov: recipe.nesterov,
            losses: record == nil ? nil : $0)
        }
      }
      record?(losses.prefix(count).map { Double($0) / Double(recipe.batch) })
      iteration += count
    }
  }

  /// Loss and accuracy over all samples, those it trains on unless others are given.
  public func evaluate(on others: EpochBatches? = nil) -> Score {
    let samples = others ?? batches, count = Double(samples.sampleCount)
    let (lossSum, correct) = network.evaluate(on: samples.whole)
    return Score(loss: lossSum / count, accuracy: Double(correct) / count)
  }

  /// The gradient of the loss of the batch that comes next; nothing moves. It is zero where the mask prunes.
  public func nextGradient() -> Parameters {
    let epoch = batches.epoch(iteration / stepsPerEpoch)
    network.takeGradient(on: epoch, at: iteration % stepsPerEpoch)
    return store(network.gradients)
  }

  /// The rate of the step that comes next.
  public var nextRate: Float { rates[min(iteration, rates.count - 1)] }

  /// Leaves out a step: the data and the schedule go on, nothing moves.
  public func skipStep() { iteration += 1 }

  // MARK: parameters

  public var parameters: Parameters { store(network.weights) }
  public var moments: Parameters { store(network.moments) }

  /// Goes on under another mask; a parameter that lives in both masks keeps its value and its momentum.
  ///
  /// - Parameter values: Values to go on from; those reached so far if `nil`. What is new starts without momentum.
  /// - Throws: `Problem.usage` if fused steps cannot run the mask.
  public func change(_ mask: Mask, values: Parameters? = nil) throws {
    let parameters = values ?? self.parameters, moments = self.moments
    structure = try FusedStructure(architecture, mask)
    network = Self.network(structure, batches, kernels)
    self.mask = mask
    load(parameters, into: network.weights)
    load(moments, into: network.moments)
  }

  /// Goes on from other values at another step, with an empty optimiser.
  public func move(to parameters: Parameters, iteration: Int) {
    load(parameters, into: network.weights)
    network.moments.fill(0)
    self.iteration = iteration
  }

  /// Starts over from `start` with an empty optimiser.
  public func rewind(to start: Parameters, mask: Mask) throws {
    try change(mask, values: start)
    network.moments.fill(0)
    iteration = 0
  }

  private func load(_ parameters: Parameters, into buffer: FloatBuffer) {
    precondition(parameters.layout == mask.layout, "the parameters belong to another network")
    for (first, indices) in zip(network.firsts, structure.indices) {
      for (i, index) in indices.enumerated() { buffer.pointer[first + i] = parameters.values[index] }
    }
    for (i, index) in structure.idle.enumerated() {
      buffer.pointer[network.firstIdle + i] = parameters.values[index]
    }
  }

  private func store(_ buffer: FloatBuffer) -> Parameters {
    var result = Parameters(zerosFor: mask.layout)
    for (first, indices) in zip(network.firsts, structure.indices) {
      for (i, index) in indices.enumerated() { result.values[index] = buffer.pointer[first + i] }
    }
    for (i, index) in structure.idle.enumerated() {
      result.values[index] = buffer.pointer[network.firstIdle + i]
    }
    return result
  }
}
