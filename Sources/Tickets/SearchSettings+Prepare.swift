public import Basics
public import Datasets
import Foundation
public import Networks
public import Pruning
public import Training

/// What must fit together before anything is trained.
extension SearchSettings {
  /// Loads the data and builds the network, refusing what cannot work before anything is trained.
  ///
  /// - Parameter architecture: The network of a ticket, which needs no building.
  public func prepare(_ locator: DataLocator, architecture: Architecture? = nil) throws -> (TrainingData, Architecture)
  {
    _ = try (CriterionCatalog.criterion(named: criterion), AllocationCatalog.allocation(named: allocation))
    try recipe.checkObjective()
    try checkMoving()
    let samples = try locator.remembered(dataIdentity) { try loadedSamples(locator) }
    let dataset = samples.dataset
    try recipe.augmentation.checkFits(dataset.inputShape, data: data)
    let network =
      try architecture
      ?? ModelCatalog.architecture(model, input: dataset.inputShape, classes: dataset.classCount)
    try check(samples, network)
    if architecture == nil, let start = try startingWeights(of: network) { try check(start, samples) }
    if architecture == nil { _ = try givenMask(of: network) }
    return (samples, network)
  }

  /// Equal for settings of the same samples.
  public var dataIdentity: String {
    Self.fields.filter { $0.part == .data }.map { "\($0.key)=\($0.read(self))" }.joined(separator: "\n")
  }

  /// The samples of the data settings, split and normalised.
  public func loadedSamples(_ locator: DataLocator) throws -> TrainingData {
    let dataset = try Datasets.Catalog.dataset(named: data, from: locator, options: loading)
    return try TrainingData(
      dataset, validationCount: validationCount(dataset), trainingCount: trainingSamples, seed: splitSeed,
      normalisation: normalisation)
  }

  /// Refuses settings that cannot work with the data and the network.
  public func check(_ data: TrainingData, _ architecture: Architecture) throws {
    try Self.checkMemory(architecture, batch: recipe.batch)
    try checkSurvivors(architecture.layout)
    try checkRewind(data)
    try checkClasses(data.dataset)
    try checkPatience(perEpoch: recipe.stepsPerEpoch(samples: data.train.count))
    try checkScoring(CriterionCatalog.criterion(named: criterion), named: criterion, data)
  }

  /// Weights, gradients, two moments, the start and the masks of one run take about 24 bytes a parameter.
  ///
  /// - Parameter samples: Numbers of samples in memory besides.
  /// - Throws: `Problem.usage` before any of it is taken.
  package static func checkMemory(_ architecture: Architecture, batch: Int, samples: Int = 0) throws {
    let parameters = architecture.layout.count
    let activations = Plan.activationBytes(architecture, batch: batch)
    let gigabytes = (24 * Double(parameters) + Double(activations) + 4 * Double(samples)) / 1e9
    let available = Double(ProcessInfo.processInfo.physicalMemory) / 1e9
    // Offsets within a tensor are 32-bit numbers.
    let largest = (architecture.shapes.values.map(\.count).max() ?? 0) * (batch + 15)
    guard largest < 1 << 30 else {
      throw Problem.usage(
        "A layer of \(architecture.name) would give \(largest) numbers a batch.", remedy: "Choose a smaller --batch.")
    }
    guard gigabytes < available, parameters <= Int32.max else {
      throw Problem.usage(
        """
        \(architecture.name) has \(parameters) parameters: training it with batches of \(batch) takes \
        about \(Int(gigabytes)) GB, and this machine has \(Int(available)) GB.
        """,
        remedy: "Choose a smaller --model or --batch.")
    }
  }

  private func checkRewind(_ data: TrainingData) throws {
    try recipe.require(
      rewind, "The rewind step \(rewind)", beforeEndFor: data.train.count,
      remedy: "Choose an earlier --rewind or more --steps.")
  }

  private func checkMoving() throws {
    guard recipe.isAdversarial, [RigL.name, SET.name].contains(algorithm) else { return }
    throw Problem.usage(
      "Masks cannot move in adversarial training (algorithm=\(algorithm), objective=\(recipe.objective.settingText)).",
      remedy: "Use --algorithm iterative, or objective=natural.")
  }

  /// Refuses what a criterion cannot look at.
  public func checkScoring(_ criterion: any Criterion, named name: String, _ data: TrainingData) throws {
    let perEpoch = recipe.stepsPerEpoch(samples: data.train.count)
    let total = recipe.steps.iterations(perEpoch: perEpoch)
    if let late = criterion.needs.early.first(where: { $0.iterations(perEpoch: perEpoch) > total }) {
      throw Problem.usage(
        "Criterion \(name) looks at step \(late), after the end of training (\(total) steps).",
        remedy: "Choose an earlier step, or @end.")
    }
    if case .neighbours = structure, rounds > 1 {
      throw Problem.usage(
        "structure=\(structure.settingText) has a single density, but there are \(rounds) rounds.",
        remedy: "Use --rounds 1.")
    }
  }

  /// The setting, or a tenth of the training set where that is smaller.
  private func validationCount(_ dataset: Dataset) -> Int {
    min(validation, max(1, dataset.train.count / 10))
  }

  private func checkSurvivors(_ layout: ParameterLayout) throws {
    let excluded = try excludedLayers(layout)
    let factors = try layerFactors(layout)
    guard factors.isEmpty || allocation == LayerwiseAllocation.name else {
      throw Problem.usage(
        "factors has no effect with allocation=\(allocation).",
        remedy: "Use --allocation \(LayerwiseAllocation.name), or leave factors out.")
    }
    let pruned = layout.prunable.filter { !excluded.contains($0.layer) }
    guard !pruned.isEmpty else {
      throw Problem.usage("Every layer is excluded from pruning.", remedy: "Exclude fewer layers (--exclude).")
    }
    let count = Double(pruned.reduce(0) { $0 + $1.count })
    let left = (0..<rounds).reduce(count) { rest, _ in rest * (1 - fraction) }
    guard left >= Double(pruned.count) else {
      throw Problem.usage(
        """
        Removing \(fraction) \(rounds == 1 ? "at once leaves" : "in each of \(rounds) rounds leaves") \
        \(Int(left)) of \(Int(count)) weights, fewer than one a layer.
        """,
        remedy: rounds == 1 ? "Remove a smaller share." : "Use fewer --rounds or a smaller --fraction.")
    }
  }
}

extension Recipe {
  /// Refuses a step that training does not pass before its end.
  ///
  /// - Parameter subject: What the message begins with: `The rewind step 5ep`.
  public func require(_ step: Step, _ subject: String, beforeEndFor samples: Int, remedy: String) throws {
    let perEpoch = stepsPerEpoch(samples: samples), total = steps.iterations(perEpoch: perEpoch)
    guard step.iterations(perEpoch: perEpoch) >= total else { return }
    throw Problem.usage(
      "\(subject) is not before the end of training (\(steps), \(total) steps).", remedy: remedy)
  }
}
