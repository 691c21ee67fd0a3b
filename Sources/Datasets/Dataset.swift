public import Basics
import Lanes

/// Labelled samples to train on and to test with, checked when made.
public struct Dataset: Sendable {
  public internal(set) var name: String
  /// Where the samples came from, in words.
  public var source: String { ([origin] + notes).joined(separator: "; ") }
  package let origin: String
  /// How the files were read, where they could have been read in another way, and what was left aside.
  public let notes: [String]
  public let inputShape: FeatureShape
  public let classCount: Int
  /// By class; empty if these are numbers from 0.
  public let classNames: [String]
  /// By channel, for messages; empty where a number says as much.
  public let channelNames: [String]
  /// What one unit of a stored number is worth: value = stored * `pixelScale` (1/255 for bytes of an image).
  public let pixelScale: Float
  /// The stored numbers that samples can hold, where the form of the data tells; nil for what occurs.
  public let range: ClosedRange<Float>?
  public let train: Split
  public let test: Split

  /// More classes than this are taken for a damaged label file.
  public static let maximumClassCount = 65_536

  /// - Parameter classCount: If `nil`, the classes are those of the training samples, numbered anew where their numbers are
  ///   not 0, 1, 2 and so on, and the test samples may have no others.
  /// - Throws: `Problem.badData` naming the data set, the split and the sample.
  public init(
    name: String, source: String, notes: [String] = [], inputShape: FeatureShape, classCount: Int? = nil,
    classNames: [String] = [], channelNames: [String] = [], pixelScale: Float,
    range: ClosedRange<Float>? = nil, train: Split, test: Split
  ) throws {
    self.name = name
    self.inputShape = inputShape
    self.channelNames = channelNames
    self.pixelScale = pixelScale
    self.range = range
    origin = source
    let numbers = ClassNumbers(of: train.labels), isNew = classCount == nil && !numbers.arePlain
    self.notes = notes + (isNew ? [numbers.note] : [])
    self.classCount = classCount ?? numbers.values.count
    self.classNames = isNew ? numbers.values.map(String.init) : classNames
    (self.train, self.test) = (isNew ? numbers.renumbered(train) : train, isNew ? numbers.renumbered(test) : test)
    for (split, part) in [(train, "training"), (test, "test")] {
      try check(split, part)
      if let i = split.labels.firstIndex(where: { label in
        classCount.map { label < 0 || label >= $0 } ?? !numbers.mayBe(label)
      }) {
        let range = classCount.map { ", outside 0..<\($0)" } ?? ""
        throw damaged("labels \(part) sample \(i) as \(split.labels[i])\(range)", "Number the classes from 0.")
      }
    }
    if classCount == nil { try checkClasses(of: test, among: numbers) }
    guard (2...Self.maximumClassCount).contains(self.classCount) else {
      throw self.classCount < 2
        ? damaged("has a single class", "Classification needs labels of at least two classes.")
        : damaged(
          "has \(grouped(self.classCount)) classes", "At most \(grouped(Self.maximumClassCount)) are allowed.")
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
    if case .floats(let values) = split.pixels, let index = values.firstIndex(where: { !$0.isFinite }) {
      throw damaged(
        "holds \(values[index]) in \(part) sample \(index / size) (number \(index % size))",
        "Remove or repair that sample: every number must be finite.")
    }
  }

  private func checkClasses(of test: Split, among known: ClassNumbers) throws {
    let strange = Set(test.labels).subtracting(known.values).sorted().map { label in
      classNames.indices.contains(Int(label)) && known.arePlain ? classNames[Int(label)].cut : "\(label)"
    }
    guard strange.isEmpty else {
      let list = strange.prefix(5).joined(separator: ", ")
      throw damaged(
        "has test samples of classes that its training samples lack: \(list)\(strange.count > 5 ? " and others" : "")",
        "Give both parts the same classes.")
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
        remedy: train.count > 1
          ? "Choose from 1 to \(train.count - 1)."
          : "Give at least two training samples: one of them is for validation.")
    }
    var stream = RandomStream(seed: seed, "validation-split")
    let order = stream.permutation(of: train.count)
    return (order[count...].sorted(), order[..<count].sorted())
  }
}
