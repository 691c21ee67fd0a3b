import Basics
import Lanes

/// A random share of the training samples, round(share * N) of them in the order of the files. Stream: `transform/share`.
public struct SampleShare: DataTransform {
  public let name = "share"
  public let usage = "share:0.1"
  public let summary = "a random share of the training samples"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    guard let share = argument.flatMap(Double.init), 0 < share, share <= 1 else {
      throw unreadable(argument, "Write share:0.1 for a tenth.")
    }
    let count = max(1, Int((share * Double(dataset.train.count)).rounded()))
    // Always the first of the permutation, whatever classes they are of: run folders of older versions rest on these bits.
    var random = RandomStream(seed: 0, "transform/share")
    let chosen = random.permutation(of: dataset.train.count).prefix(count).sorted()
    return try dataset.changed(self, argument, train: dataset.train.subset(chosen))
  }
}
