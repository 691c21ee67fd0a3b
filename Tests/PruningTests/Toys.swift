import Basics
import Datasets
import Lanes
import Networks
import Pruning
import TestSupport
import Training

/// A network with data that criteria can score.
struct Toy {
  let architecture: Architecture
  let data: TrainingData
  let initial: Parameters
  let trained: Parameters

  /// - Parameter validation: How many of the samples are kept for validation.
  init(_ architecture: Architecture, _ samples: Samples, validation: Int = 10) throws {
    self.architecture = architecture
    data = try TrainingData(
      try samples.dataset(classes: architecture.output.count), validationCount: validation, seed: 0)
    initial = Initializer.kaimingNormal.parameters(for: architecture.layout, seed: 1)
    trained = Initializer.glorotNormal.parameters(for: architecture.layout, seed: 2)
  }

  /// Random samples of a network without convolutions.
  init(_ name: String, inputs: Int, classes: Int, samples: Int = 90) throws {
    try self.init(
      try ModelCatalog.architecture(name, input: FeatureShape(channels: 1, height: 1, width: inputs), classes: classes),
      Samples.random(samples, size: inputs, classes: classes))
  }

  func probe(_ samples: ScoringSamples, threads: Int = 1, execution: Execution = .automatic) -> GradientProbe {
    GradientProbe(
      architecture, data: data, loss: .softmaxCrossEntropy, samples: samples, seed: 4, threads: threads,
      execution: execution)
  }

  func context(
    _ samples: ScoringSamples = ScoringSamples(batches: 3, batch: 20), mask: Mask? = nil, threads: Int = 1,
    execution: Execution = .automatic
  ) -> ScoringContext {
    let mask = mask ?? Mask(fullFor: architecture.layout)
    var context = ScoringContext(
      trained: trained.masked(by: mask), initial: initial, mask: mask, seed: 9, round: 1,
      probe: probe(samples, threads: threads, execution: execution))
    let step = Step.iterations(5)
    context.early[step] = initial.interpolated(to: trained, at: 0.25)
    return context
  }
}

extension ScoringSamples {
  init(batches: Int, batch: Int, source: Source = .train) {
    self.init()
    (self.batches, self.batch, self.source) = (batches, batch, source)
  }
}
