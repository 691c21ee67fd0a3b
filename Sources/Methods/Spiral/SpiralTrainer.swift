import Basics
package import Datasets
import Foundation
package import Lanes
package import Networks
package import Training

/// Does the runs of a spiral study, each a function of its name and the study's settings.
///
/// Runs share the points, the batches of every epoch, and nothing else; one trainer serves all threads.
package final class SpiralTrainer: Sendable {
  package let settings: SpiralSettings
  package let batches: EpochBatches
  let dataset: DatasetSummary
  let announcement: [String]
  let kernels: Kernels
  private let dense = DenseTrainings()

  /// - Throws: `Problem.usage` if the settings name no points.
  package init(
    _ settings: SpiralSettings, from locator: DataLocator = DataLocator(), kernels: Kernels = CPULevel.current.kernels
  ) throws {
    let dataset = try Datasets.Catalog.dataset(named: settings.data, from: locator)
    guard dataset.inputShape.count == 2, dataset.classCount == 2 else {
      throw Problem.usage(
        "\(settings.data) has \(dataset.inputShape.count) inputs and \(dataset.classCount) classes.",
        remedy: "A spiral study takes points of a plane in two classes: cubist-spiral.")
    }
    guard dataset.train.count >= settings.batch else {
      throw Problem.usage(
        "A batch of \(settings.batch) is more than the \(dataset.train.count) points.", remedy: "Take a smaller batch.")
    }
    self.settings = settings
    self.kernels = kernels
    // The points are standardised already.
    batches = EpochBatches(
      dataset.train, of: dataset, normalisation: .none, batch: settings.batch, seed: settings.seed)
    let shape = dataset.inputShape
    announcement = dataset.announcement(training: dataset.train.labels, validation: 0)
    self.dataset = DatasetSummary(
      name: dataset.name, source: dataset.source, shape: [shape.channels, shape.height, shape.width],
      classes: dataset.classCount, trainCount: dataset.train.count, validationCount: 0,
      testCount: dataset.test.count, normalisation: "none", digest: dataset.digest)
  }

  /// Steps of a whole training.
  var totalSteps: Int { settings.steps.iterations(perEpoch: batches.stepsPerEpoch) }

  /// 2-w-w-w-1 with rectified hidden units.
  package static func architecture(width: Int) -> Architecture {
    var result = Architecture(name: "mlp:\(width),\(width),\(width)", input: FeatureShape(channels: 2))
    do {
      for (i, outputs) in [width, width, width, 1].enumerated() {
        try result.append("fc\(i + 1)", Linear(outputs))
        if i < 3 { try result.append("relu\(i + 1)", Rectifier()) }
      }
    } catch { preconditionFailure("\(error)") }
    return result
  }

  /// Trains a run from its initial weights to the end of its recipe.
  package func train(_ run: SpiralRun) throws -> SpiralRecord { SpiralRecord(run, try trained(run)) }

  /// The same, with the network.
  package func trained(_ run: SpiralRun) throws -> FusedRun {
    switch run.network {
    case .dense, .masked:
      let result = try start(run, mask: run.searchMask(Self.architecture(width: run.width).layout))
      try result.train(until: Int((run.stop * Double(result.totalSteps)).rounded()))
      return result
    case .pruned(let method, let width, let weights):
      return try SpiralPruning(trainer: self, run: run, width: width, weights: weights).train(method)
    }
  }

  /// The run before its first step.
  func start(_ run: SpiralRun, mask: Mask) throws -> FusedRun {
    let architecture = Self.architecture(width: run.width)
    return try FusedRun(
      architecture, start: initial(run, architecture.layout), mask: mask, recipe: recipe(run), batches: batches,
      kernels: kernels)
  }

  func recipe(_ run: SpiralRun) -> Recipe {
    settings.recipe(rate: run.combination.rate, run.combination.schedule)
  }

  /// The initial weights: PyTorch's, from a stream of the run's own or from the fixed network's.
  package func initial(_ run: SpiralRun, _ layout: ParameterLayout) -> Parameters {
    switch settings.initialisation {
    case .random:
      return Initializer.torchUniform.parameters(
        for: layout, seed: settings.seed, stream: "spiral-weights/\(stream(run))")
    case .fixed: return fixed(width: run.width, layout)
    }
  }

  /// Weights whose start does not depend on how many will be left share it: rounds of magnitude pruning begin with the same
  /// dense training then, which need be done only once.
  private func stream(_ run: SpiralRun) -> String {
    if let start = run.start { return "start \(start)" }
    guard case .pruned(.iterativeMagnitude, let width, _) = run.network else { return run.name }
    return SpiralRun(.pruned(.iterativeMagnitude, width: width, weights: 0), run.combination, draw: run.draw).name
  }

  /// The first units of a network of sixteen units a layer; wider ones draw their own.
  private func fixed(width: Int, _ layout: ParameterLayout) -> Parameters {
    func draw(_ layout: ParameterLayout) -> Parameters {
      Initializer.torchUniform.parameters(for: layout, seed: settings.initialisationSeed)
    }
    guard width < SpiralRun.searchWidth else { return draw(layout) }
    let wide = draw(Self.architecture(width: SpiralRun.searchWidth).layout)
    var result = Parameters(zerosFor: layout)
    for (entry, source) in zip(layout.entries, wide.layout.entries) {
      let columns = entry.shape.dimensions.count > 1 ? entry.shape.dimensions[1] : 1
      let wideColumns = entry.shape.dimensions.count > 1 ? source.shape.dimensions[1] : 1
      for i in 0..<entry.count {
        result.values[entry.offset + i] = wide.values[source.offset + i / columns * wideColumns + i % columns]
      }
    }
    return result
  }

  /// The dense network of a run of iterative magnitude pruning after its training.
  func denseTrained(_ run: SpiralRun) throws -> Parameters {
    try dense.value(of: stream(run)) {
      let trained = try start(run, mask: Mask(fullFor: Self.architecture(width: run.width).layout))
      try trained.train()
      return trained.parameters
    }
  }
}

/// Trained dense networks by name, the last few that were asked for; each is trained by one thread while others wait.
///
/// It is `@unchecked Sendable` because a lock guards all of it.
private final class DenseTrainings: @unchecked Sendable {
  private final class Slot {
    let lock = NSLock()
    var value: Parameters?
  }
  private let lock = NSLock()
  private var slots: [(name: String, slot: Slot)] = []

  func value(of name: String, train: () throws -> Parameters) throws -> Parameters {
    let slot = lock.withLock {
      if let found = slots.first(where: { $0.name == name }) { return found.slot }
      slots.append((name, Slot()))
      if slots.count > 64 { slots.removeFirst() }
      return slots.last!.slot
    }
    return try slot.lock.withLock {
      if let value = slot.value { return value }
      let value = try train()
      slot.value = value
      return value
    }
  }
}
