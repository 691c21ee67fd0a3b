import Basics
public import Datasets
import Lanes
public import Networks

/// Labelled samples in memory: [sample][feature].
public struct Samples: Sendable {
  public var inputs: [Float]
  public var labels: [Int32]
  public var size: Int

  public var count: Int { labels.count }

  public init(inputs: [Float], labels: [Int32], size: Int) {
    precondition(inputs.count == labels.count * size, "\(inputs.count) numbers for \(labels.count) samples of \(size)")
    self.inputs = inputs
    self.labels = labels
    self.size = size
  }

  /// Inputs uniform in -1 ... 1, labels uniform.
  public static func random(_ count: Int, size: Int, classes: Int, seed: UInt64 = 1) -> Samples {
    var random = RandomStream(seed: seed, "test-samples")
    let inputs = (0..<count * size).map { _ in Float(2 * random.nextUniform() - 1) }
    let labels = (0..<count).map { _ in Int32(random.nextIndex(below: classes)) }
    return Samples(inputs: inputs, labels: labels, size: size)
  }

  public func input(_ sample: Int) -> ArraySlice<Float> { inputs[sample * size..<(sample + 1) * size] }

  /// A data set of features whose training and test samples are both these.
  public func dataset(classes: Int) throws -> Dataset {
    let split = Split(pixels: .floats(inputs), labels: labels)
    return try Dataset(
      name: "toy", source: "test", inputShape: FeatureShape(channels: 1, height: 1, width: size), classCount: classes,
      pixelScale: 1, train: split, test: split)
  }
}

extension Mask {
  /// A random mask of the given density over the weights; biases live.
  public static func random(_ layout: ParameterLayout, density: Double, seed: UInt64 = 1) -> Mask {
    var random = RandomStream(seed: seed, "test-mask"), mask = Mask(fullFor: layout)
    for entry in layout.prunable { for i in entry.range { mask.keeps[i] = random.nextUniform() < density } }
    return mask
  }

  /// The mask without every third row and every second column of each matrix, and without the first bias of each layer.
  public func emptyingRowsAndColumns() -> Mask {
    var mask = self
    for entry in layout.entries {
      guard entry.isPrunable else {
        if entry.isTrained { mask.keeps[entry.offset] = false }
        continue
      }
      let columns = entry.count / entry.shape.dimensions[0]
      for i in 0..<entry.count where i / columns % 3 == 0 || i % columns % 2 == 1 {
        mask.keeps[entry.offset + i] = false
      }
    }
    return mask
  }
}
