import Lanes

/// The test split of files that come without one: a fifth of each class (rounded), drawn from the stream `test-split` of
/// seed 0, hence always the same samples.
enum TestFifth {
  static let note = "test split: a fifth of each class, stream test-split of seed 0"

  /// Both parts in the order of the files; nil if no class has three samples.
  static func carve(_ all: Split) -> (train: Split, test: Split)? {
    let test = indices(all.labels), taken = Set(test)
    guard !test.isEmpty else { return nil }
    return (all.subset((0..<Int32(all.count)).filter { !taken.contains($0) }), all.subset(test))
  }

  private static func indices(_ labels: [Int32]) -> [Int32] {
    var stream = RandomStream(seed: 0, "test-split")
    var classes: [Int32: [Int32]] = [:]
    for index in stream.permutation(of: labels.count) { classes[labels[Int(index)], default: []].append(index) }
    return classes.values.flatMap { $0.prefix(($0.count + 2) / 5) }.sorted()
  }
}
