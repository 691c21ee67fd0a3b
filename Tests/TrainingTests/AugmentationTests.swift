import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Training on images that are moved at random.
@Suite struct AugmentedTrainingTests {
  private static func images(_ count: Int) throws -> Dataset {
    var random = RandomStream(seed: 3, "test-images")
    let pixels = (0..<count * 3 * 100).map { _ in UInt8(random.nextIndex(below: 256)) }
    let split = Split(pixels: .bytes(pixels), labels: (0..<count).map { Int32($0 % 4) })
    return try Dataset(
      name: "images", source: "test", inputShape: FeatureShape(channels: 3, height: 10, width: 10), classCount: 4,
      pixelScale: 1 / 255, train: split, test: split)
  }

  private func run(
    _ augmentation: Augmentation = .cropAndFlip, model: String = "conv-2", threads: Int = 1,
    execution: Execution = .automatic, samples: Int = 130
  ) throws -> Run {
    var recipe = Recipe()
    (recipe.batch, recipe.steps, recipe.learningRate, recipe.augmentation) = (20, .epochs(4), 0.02, augmentation)
    let data = try TrainingData(Self.images(samples), validationCount: 30, seed: 1)
    let network = try ModelCatalog.architecture(model, input: data.dataset.inputShape, classes: 4)
    return Run(
      network, start: Initializer.kaimingNormal.parameters(for: network.layout, seed: 1),
      mask: Mask.random(network.layout, density: 0.3), recipe: recipe, data: data, pool: ThreadPool(threads: threads),
      execution: execution)
  }

  @Test func threadsAndKernelsAgree() throws {
    let plain = try run()
    for _ in 0..<12 { plain.takeStep() }
    for (threads, execution) in [(2, Execution.automatic), (3, .dense), (1, .sparse), (3, .sparse)] {
      let other = try run(threads: threads, execution: execution)
      for _ in 0..<12 { other.takeStep() }
      let comparison = BitComparison(other.parameters.values, plain.parameters.values)
      #expect(comparison.values == 0, "\(threads) threads, \(execution): \(comparison)")
    }
    let unmoved = try run(.none)
    for _ in 0..<12 { unmoved.takeStep() }
    #expect(BitComparison(unmoved.parameters.values, plain.parameters.values).values > 0)
  }

  /// Stopping within an epoch, and evaluating, leave the moves of the rest of the epoch as they are.
  @Test func resumedIsUninterrupted() throws {
    let whole = try run()
    for _ in 0..<13 { whole.takeStep() }
    for stop in [0, 3, 5, 8] {
      let first = try run()
      for _ in 0..<stop { first.takeStep() }
      _ = first.evaluate(.validation)
      let second = try run()
      for _ in 0..<2 { second.takeStep() }
      second.state = first.state
      for _ in stop..<13 {
        second.takeStep()
        _ = second.evaluate(.test)
      }
      let isSame = second.state == whole.state
      #expect(isSame, "stopped at \(stop)")
    }
  }

  /// Validation and test samples stay as they are.
  @Test func evaluationIsUnmoved() throws {
    let moved = try run(), plain = try run(.none)
    #expect(
      moved.evaluate(.test) == plain.evaluate(.test) && moved.evaluate(.validation) == plain.evaluate(.validation))
  }

  /// A step sees the windows that numpy would cut out of padded images, normalised like all pixels.
  @Test(arguments: ["conv-2", "lenet-300-100"])
  func stepsSeeTheirWindows(_ model: String) throws {
    let run = try run(model: model), data = run.data, shape = data.dataset.inputShape
    let order = EpochOrder.indices(count: data.train.count, seed: run.recipe.orderSeed, epoch: 0)
    let stream = run.recipe.augmentation.stream(seed: run.recipe.orderSeed, epoch: 0)
    run.takeStep()
    let input = Emitter(run.plan).tensor(Architecture.inputName), offsets = input.placement.featureOffsets
    guard case .bytes(let stored) = data.train.source.pixels else {
      Issue.record("the pixels are bytes")
      return
    }
    for place in 0..<20 {
      let sample = Int(order[place]), move = run.recipe.augmentation.move(of: order[place], stream)
      let wrong = (0..<shape.count).first { i in
        let channel = i / 100, row = i / 10 % 10 + Int(move.rows)
        let column = (move.isMirrored ? 9 - i % 10 : i % 10) + Int(move.columns)
        let isInside = 0..<10 ~= row && 0..<10 ~= column
        let value = isInside ? Float(stored[sample * shape.count + channel * 100 + row * 10 + column]) : 0
        let (multiplier, shift) = data.dataset.affine(data.normalisation, channel: channel)
        let block = Int(input.placement.blockPositions[place / 16])
        return input.base[block + Int(offsets[i]) + place % 16] != shift.addingProduct(value, multiplier)
      }
      #expect(wrong == nil, "sample \(place)")
    }
  }
}
