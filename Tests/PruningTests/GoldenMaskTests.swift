import Basics
import Datasets
import Lanes
import Networks
import Pruning
import TestSupport
import Testing
import Training

/// The masks of every criterion that takes gradients at initialisation, against PyTorch's autograd in float64.
@Suite struct GoldenMaskTests {
  @Test(arguments: try GoldenMasks.file.get().networks.map(\.model))
  func keepTheWeightsThatPyTorchKeeps(_ model: String) throws {
    let network = try #require(try GoldenMasks.file.get().networks.first { $0.model == model })
    let architecture = try ModelCatalog.architecture(
      model, input: FeatureShape(channels: 1, height: network.side, width: network.side), classes: 10)
    let full = Mask(fullFor: architecture.layout), (start, _) = GoldenNetworks.start(architecture.layout, density: 1)
    #expect(full.remaining == network.weights)
    let data = try data(GoldenMasks.samples(network))
    // Every batch is all the samples, so that their order does not matter.
    let probe = GradientProbe(
      architecture, data: data, loss: .softmaxCrossEntropy,
      samples: ScoringSamples(batches: 1, batch: network.samples), seed: 1)
    let context = ScoringContext(trained: start, initial: start, mask: full, seed: 1, round: 1, probe: probe)
    for golden in network.masks {
      let request = AllocationRequest(mask: full, fraction: 1 - golden.density, entries: full.layout.prunable)
      let mask = try Pruner.prune(
        request, by: try CriterionCatalog.criterion(named: golden.criterion), GlobalAllocation(), context: context,
        passes: golden.passes, allowsEmptyLayers: true)
      let found = places(of: mask), expected = golden.places
      #expect(found.count == golden.kept && expected.count == golden.kept)
      let overlap = Double(found.intersection(expected).count) / Double(found.union(expected).count)
      #expect(overlap >= 0.999, "\(model), \(golden.criterion) at \(golden.density): Jaccard \(overlap)")
    }
  }

  /// The samples to train on, with one more where the validation split takes it away.
  private func data(_ samples: Samples) throws -> TrainingData {
    var stream = RandomStream(seed: 0, "validation-split"), samples = samples
    let place = Int(stream.permutation(of: samples.count + 1)[0]), nothing = [Float](repeating: 0, count: samples.size)
    samples.inputs.insert(contentsOf: nothing, at: place * samples.size)
    samples.labels.insert(0, at: place)
    return try TrainingData(try samples.dataset(classes: 10), validationCount: 1, seed: 0)
  }

  /// Kept weights, counted over all weight tensors.
  private func places(of mask: Mask) -> Set<Int> {
    let weights = mask.layout.prunable.flatMap { Array($0.range) }
    return Set(weights.indices.filter { mask.keeps[weights[$0]] })
  }
}
