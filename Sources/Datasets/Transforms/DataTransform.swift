import Basics

/// A change of a data set that its name asks for: `cifar-10+grey+half`. One struct per file of this folder, listed in
/// `TransformCatalog.all`.
public protocol DataTransform: Sendable {
  /// What stands behind the plus sign: `grey`.
  var name: String { get }
  /// How to write it: `share:0.1`.
  var usage: String { get }
  var summary: String { get }
  /// - Parameter argument: What follows the colon, or `nil`.
  /// - Throws: `Problem` if the argument cannot be read or the data set cannot be changed so.
  func apply(to dataset: Dataset, argument: String?) throws -> Dataset
}

extension DataTransform {
  public var usage: String { name }

  /// Refuses an argument where none belongs.
  func checkNoArgument(_ argument: String?) throws {
    guard argument == nil else { throw unreadable(argument, "Write \(name) alone.") }
  }

  /// A seed after the colon; 0 without one.
  func seed(_ argument: String?) throws -> UInt64 {
    guard let seed = UInt64(argument ?? "0") else {
      throw unreadable(argument, "Write \(name), or \(name):SEED with a whole number.")
    }
    return seed
  }

  func unreadable(_ argument: String?, _ remedy: String) -> Problem {
    .usage("'+\(name)\(argument.map { ":" + $0 } ?? "")' cannot be read.", remedy: remedy)
  }
}

/// All transforms, and the names that ask for them.
public enum TransformCatalog {
  public static let all: [any DataTransform] = [
    Flat(),
    Grey(),
    HalfSize(),
    Resize(),
    Rotate(),
    Blur(),
    Invert(),
    Contrast(),
    PermutedPixels(),
    RandomLabels(),
    SampleShare(),
    FewerClasses(),
    MergedClasses(),
    GaussianClone(),
    GaussianClone(isPooled: true),
    PhaseRandomised(),
  ]

  /// The data set's own name, and what is done to it, in order. Only the names of transforms end a name, for paths may hold
  /// plus signs.
  static func parts(of name: String) -> (base: String, steps: [(transform: any DataTransform, argument: String?)]) {
    var base = name, steps: [(transform: any DataTransform, argument: String?)] = []
    while let plus = base.lastIndex(of: "+") {
      let word = base[base.index(after: plus)...]
      let sides = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let transform = all.first(where: { $0.name == sides.first }) else { break }
      steps.insert((transform, sides.count == 2 ? sides[1] : nil), at: 0)
      base = String(base[..<plus])
    }
    return (base, steps)
  }
}

extension Dataset {
  /// The same with other samples, named after what was done.
  func changed(
    _ transform: any DataTransform, _ argument: String?, shape: FeatureShape? = nil, classes: Int? = nil,
    range: ClosedRange<Float>?? = nil, train: Split? = nil, test: Split? = nil
  ) throws -> Dataset {
    try Dataset(
      name: "\(name)+\(transform.name)\(argument.map { ":" + $0 } ?? "")", source: origin, notes: notes,
      inputShape: shape ?? inputShape, classCount: classes ?? classCount,
      classNames: classes == nil ? classNames : [], channelNames: shape == nil ? channelNames : [],
      pixelScale: pixelScale, range: range ?? self.range, train: train ?? self.train, test: test ?? self.test)
  }

  /// Every sample's numbers put through `change`.
  ///
  /// - Parameter range: That of the new numbers; nil for what occurs.
  func mapped(
    _ transform: any DataTransform, _ argument: String?, shape: FeatureShape? = nil, range: ClosedRange<Float>? = nil,
    _ change: (Split, _ isTest: Bool) throws -> [Float]
  ) throws -> Dataset {
    func mapped(_ split: Split, _ isTest: Bool) throws -> Split {
      Split(pixels: .floats(try change(split, isTest)), labels: split.labels)
    }
    return try changed(
      transform, argument, shape: shape, range: .some(range), train: try mapped(train, false),
      test: try mapped(test, true))
  }
}

extension Split {
  /// The stored numbers.
  var floats: [Float] {
    switch pixels {
    case .bytes(let values): values.map(Float.init)
    case .floats(let values): values
    }
  }
}
