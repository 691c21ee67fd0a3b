import Basics

/// The samples of the first few classes.
public struct FewerClasses: DataTransform {
  public let name = "classes"
  public let usage = "classes:2"
  public let summary = "the samples of the first few classes"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    guard let classes = argument.flatMap({ Int($0) }), (2...dataset.classCount).contains(classes) else {
      throw unreadable(argument, "Write classes:N with N from 2 to \(dataset.classCount).")
    }
    func kept(_ split: Split) -> Split {
      split.subset((0..<Int32(split.count)).filter { split.labels[Int($0)] < classes })
    }
    return try dataset.changed(
      self, argument, classes: classes, train: kept(dataset.train), test: kept(dataset.test))
  }
}

/// Classes joined without regard to what they mean: label modulo N (the meaningless classes of Pellegrini & Biroli 2022).
public struct MergedClasses: DataTransform {
  public let name = "merged-classes"
  public let usage = "merged-classes:5"
  public let summary = "labels modulo a number: classes without meaning"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    guard let classes = argument.flatMap({ Int32($0) }), (2...Int32(dataset.classCount)).contains(classes) else {
      throw unreadable(argument, "Write merged-classes:N with N from 2 to \(dataset.classCount).")
    }
    func merged(_ split: Split) -> Split {
      Split(pixels: split.pixels, labels: split.labels.map { $0 % classes })
    }
    return try dataset.changed(
      self, argument, classes: Int(classes), train: merged(dataset.train), test: merged(dataset.test))
  }
}
