public import Basics
import Lanes

/// Labelled samples to train on and to test with, checked when made.
public struct Dataset: Sendable {
  public let name: String
  /// Where the samples came from, in words.
  public let source: String
  public let inputShape: FeatureShape
  public let classCount: Int
  /// What one unit of a stored number is worth: value = stored * `pixelScale` (1/255 for bytes of an image).
  public let pixelScale: Float
  public let train: Split
  public let test: Split

  /// More classes than this are taken for a damaged label file.
  public static let maximumClassCount = 65_536

  /// - Parameter classCount: one more than the largest label if `nil`.
  /// - Throws: `Problem.badData` naming the data set, the split and the sample.
  public init(
    name: String, source: String, inputShape: FeatureShape, classCount: Int? = nil, pixelScale: Float, train: Split,
    test: Split
  ) throws {
    self.name = name
    self.source = source
    self.inputShape = inputShape
    self.classCount = classCount ?? Int(max(train.labels.max() ?? 0, test.labels.max() ?? 0)) + 1
    self.pixelScale = pixelScale
    self.train = train
    self.test = test
    try check(train, "training")
    try check(test, "test")
    guard self.classCount >= 2 else {
      throw damaged("has a single class", "Classification needs labels of at least two classes.")
    }
  }

  private func check(_ split: Split, _ part: String) throws {
    let size = inputShape.count
    guard split.count > 0 else { throw damaged("has no \(part) samples", "Give at least one.") }
    guard split.count <= Int(Int32.max) else {
      throw damaged("has \(grouped(split.count)) \(part) samples", "At most \(grouped(Int(Int32.max))) are allowed.")
    }
    let (expected, overflow) = split.count.multipliedReportingOverflow(by: size)
    guard size > 0, !overflow, split.pixels.count == expected else {
      let found = grouped(split.pixels.count)
      throw damaged(
        "has \(found) \(part) numbers where \(grouped(split.count)) samples of \(inputShape) belong",
        "Images and labels must be of the same samples, and all of one shape.")
    }
    try checkLabels(split.labels, part)
    if case .floats(let values) = split.pixels, let index = values.firstIndex(where: { !$0.isFinite }) {
      throw damaged(
        "holds \(values[index]) in \(part) sample \(index / size) (number \(index % size))",
        "Remove or repair that sample: every number must be finite.")
    }
  }

  private func checkLabels(_ labels: [Int32], _ part: String) throws {
    guard classCount <= Self.maximumClassCount else {
      throw damaged(
        "has labels up to \(classCount - 1)",
        "Number the classes from 0; at most \(Self.maximumClassCount) are allowed.")
    }
    if let index = labels.firstIndex(where: { $0 < 0 || $0 >= classCount }) {
      throw damaged(
        "labels \(part) sample \(index) as \(labels[index]), outside 0..<\(classCount)", "Number the classes from 0.")
    }
  }

  private func damaged(_ what: String, _ remedy: String) -> Problem {
    .badData("The data set \(name) \(what).", remedy: remedy)
  }
}

extension Dataset {
  /// Takes `count` samples out of the training set for validation; both parts keep the order of the files.
  ///
  /// Which ones: the first `count` of the permutation drawn from the stream `validation-split` of `seed`, whatever
  /// their classes.
  /// - Throws: `Problem.usage` unless 0 < `count` < the number of training samples.
  public func carvingValidation(count: Int, seed: UInt64) throws -> (train: Split, validation: Split) {
    let places = try validationPlaces(count: count, seed: seed)
    return (train.subset(places.train), train.subset(places.validation))
  }

  /// The places in the training set of the samples that `carvingValidation` puts into either part.
  package func validationPlaces(count: Int, seed: UInt64) throws -> (train: [Int32], validation: [Int32]) {
    guard count > 0, count < train.count else {
      throw Problem.usage(
        "\(grouped(count)) validation samples cannot be taken from the \(grouped(train.count)) of \(name).",
        remedy: "Choose from 1 to \(train.count - 1).")
    }
    var stream = RandomStream(seed: seed, "validation-split")
    let order = stream.permutation(of: train.count)
    return (order[count...].sorted(), order[..<count].sorted())
  }
}
