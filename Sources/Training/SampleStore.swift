public import Datasets
import Foundations
public import Lanes

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

  /// - Parameter normalisation: What the network sees instead of the stored numbers.
  public init(_ split: Split, of dataset: Dataset, normalisation: Normalisation) {
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

/// A data set made ready for training: three splits in memory, and what was done to them.
public struct TrainingData: Sendable {
  public let dataset: Dataset
  public let train: SampleStore
  public let validation: SampleStore
  public let test: SampleStore
  public let normalisation: Normalisation

  /// Carves the validation split from the training set by its own stream of `seed` and normalises all splits by the
  /// remaining training samples.
  ///
  /// - Parameter validationCount: Samples of the validation split.
  /// - Throws: `Problem` if the training set has too few samples.
  public init(_ dataset: Dataset, validationCount: Int, seed: UInt64) throws {
    let (train, validation) = try dataset.carvingValidation(count: validationCount, seed: seed)
    self.dataset = dataset
    normalisation = dataset.normalisation(of: train)
    self.train = SampleStore(train, of: dataset, normalisation: normalisation)
    self.validation = SampleStore(validation, of: dataset, normalisation: normalisation)
    test = SampleStore(dataset.test, of: dataset, normalisation: normalisation)
  }
}
