public import Basics
public import Datasets
public import Lanes
import Networks

/// The samples of one split at fixed addresses, shared by all runs that read them.
///
/// It is `@unchecked Sendable` because nothing changes after it is made.
public final class SampleStore: @unchecked Sendable {
  public let count: Int
  public let labels: UnsafePointer<Int32>
  public let source: SampleSource
  /// Numbers of one sample.
  public let sampleCount: Int
  private let tables = Tables()
  /// What outputs are compared with in place of labels, if anything is.
  let outputs: (targets: OutputTargets, source: SampleSource)?
  /// What keeps the memory of a store that reads another's.
  private let owner: SampleStore?

  private init(source: SampleSource, owner: SampleStore) {
    count = owner.count
    labels = owner.labels
    sampleCount = owner.sampleCount
    outputs = owner.outputs
    self.source = source
    self.owner = owner
  }

  /// - Parameter normalisation: What the network sees instead of the stored numbers.
  public convenience init(_ split: Split, of dataset: Dataset, normalisation: Normalisation) {
    self.init(split, of: dataset, normalisation: normalisation, targets: nil)
  }

  init(_ split: Split, of dataset: Dataset, normalisation: Normalisation, targets: OutputTargets?) {
    owner = nil
    outputs = targets.map { [tables] targets in
      (targets, SampleSource(pixels: .floats(tables.table(targets.values)), multipliers: [1], shifts: [0]))
    }
    count = split.count
    sampleCount = split.sampleCount
    labels = tables.table(split.labels)
    let pixels: SampleSource.Pixels =
      switch split.pixels {
      case .bytes(let values): .bytes(tables.table(values))
      case .floats(let values): .floats(tables.table(values))
      }
    let affine = (0..<dataset.inputShape.channels).map { dataset.affine(normalisation, channel: $0) }
    source = SampleSource(pixels: pixels, multipliers: affine.map(\.multiplier), shifts: affine.map(\.shift))
  }

  /// Samples without labels, as the network sees them: [sample][channel][row][column].
  public init(inputs: [Float], shape: FeatureShape) {
    precondition(inputs.count % shape.count == 0, "\(inputs.count) numbers of samples of \(shape)")
    owner = nil
    outputs = nil
    count = inputs.count / shape.count
    sampleCount = shape.count
    labels = tables.table([Int32](repeating: 0, count: count))
    source = SampleSource(
      pixels: .floats(tables.table(inputs)), multipliers: [Float](repeating: 1, count: shape.channels),
      shifts: [Float](repeating: 0, count: shape.channels))
  }

  /// The places of `count` samples, ascending, drawn by the stream `name`; all if there are no more.
  public func places(_ count: Int, seed: UInt64, _ name: String) -> [Int32] {
    SampleDraw.places(
      count, of: UnsafeBufferPointer(start: labels, count: self.count), by: RandomStream(seed: seed, name))
  }

  /// Appends the loss of the step's samples, and its gradient where that is needed.
  func appendLoss(_ emit: Emitter, _ recipe: Recipe, needsGradient: Bool, classWeights: [Float]? = nil) {
    guard let outputs else {
      return emit.loss(recipe.loss, labels: labels, needsGradient: needsGradient, classWeights: classWeights)
    }
    emit.outputLoss(
      outputs.targets.task.loss, targets: emit.targets(outputs.source), needsGradient: needsGradient)
  }

  /// A sample as the network sees it, [channel][row][column].
  public func input(_ sample: Int) -> [Float] {
    precondition(0 <= sample && sample < count, "sample \(sample) of \(count)")
    let plane = sampleCount / source.multipliers.count
    return (0..<sampleCount).map { i in
      let place = sample * sampleCount + i
      let stored =
        switch source.pixels {
        case .bytes(let values): Float(values[place])
        case .floats(let values): values[place]
        }
      return source.shifts[i / plane].addingProduct(stored, source.multipliers[i / plane])
    }
  }
}

extension SampleStore {
  /// The same samples, which become the network's inputs in another way.
  package convenience init(_ other: SampleStore, source: SampleSource) {
    self.init(source: source, owner: other)
  }
}

/// A data set made ready for training: three splits in memory, and what was done to them.
public struct TrainingData: Sendable {
  /// The numbers that pixels can be: what the form of the data says, else 0 to 255 for bytes, else what occurs.
  public let pixelScale: PixelScale
  public let dataset: Dataset
  public let train: SampleStore
  public let validation: SampleStore
  public let test: SampleStore
  public let normalisation: Normalisation
  /// Of the validation split and of every subset that evaluations take.
  public let splitSeed: UInt64
  /// What networks are trained for, where that is not to tell classes.
  public let task: (any OutputTask)?

  /// Carves the validation split from the training set by its own stream of `seed` and normalises all splits, by the
  /// remaining training samples unless asked otherwise.
  ///
  /// - Parameters:
  ///   - validationCount: Samples of the validation split.
  ///   - trainingCount: Samples to train on, drawn from the rest by the stream `training-subset`; all if 0.
  ///   - asked: Which normalisation all splits get.
  ///   - task: What networks are trained for, where that is not to tell classes; all samples are then trained on.
  /// - Throws: `Problem` if the training set has too few samples, or a channel cannot be normalised.
  public init(
    _ dataset: Dataset, validationCount: Int, trainingCount: Int = 0, seed: UInt64,
    normalisation asked: DataNormalisation = .measured, task: (any OutputTask)? = nil
  ) throws {
    precondition(task == nil || trainingCount == 0, "targets of a drawn part of the samples")
    let places = try dataset.validationPlaces(count: validationCount, seed: seed)
    let validation = dataset.train.subset(places.validation)
    var train = dataset.train.subset(places.train)
    if trainingCount > 0 { train = train.drawing(trainingCount, by: RandomStream(seed: seed, "training-subset")) }
    self.dataset = dataset
    splitSeed = seed
    normalisation = try asked.normalisation(of: train, in: dataset)
    try dataset.check(normalisation, of: [train, validation, dataset.test])
    self.task = task
    pixelScale = dataset.storedScale
    let normalisation = normalisation
    let store = { (split: Split, part: DataPart, places: [Int32]) in
      SampleStore(
        split, of: dataset, normalisation: normalisation, targets: task.map { OutputTargets($0, part, at: places) })
    }
    self.train = store(train, .train, places.train)
    self.validation = store(validation, .train, places.validation)
    test = store(dataset.test, .test, (0..<Int32(dataset.test.count)).map { $0 })
  }
}

extension Dataset {
  fileprivate var storedScale: PixelScale {
    let exact = 1 / Double(pixelScale), whole = exact.rounded()
    // The scale of bytes is a rounded 1/255: epsilon 8/255 must be 8 exactly.
    let perUnit = abs(exact - whole) < 1e-6 * exact ? whole : exact
    guard case .floats(let trained) = train.pixels, case .floats(let tested) = test.pixels else {
      return PixelScale(lowest: range?.lowerBound ?? 0, highest: range?.upperBound ?? 255, perUnit: perUnit)
    }
    // What occurs belongs to the range, also where a mean of pixels is rounded beyond their end.
    let ends =
      [trained.min()!, tested.min()!, trained.max()!, tested.max()!]
      + (range.map { [$0.lowerBound, $0.upperBound] } ?? [])
    return PixelScale(lowest: ends.min()!, highest: ends.max()!, perUnit: perUnit)
  }
}
