import Basics
import Lanes

/// The test split of files that come without one: a share of each class (a fifth unless set, rounded), drawn from the
/// stream `test-split` of seed 0, hence always the same samples.
enum TestShare {
  static func note(_ options: LoadOptions) -> String {
    let share = options.testShare == LoadOptions().testShare ? "a fifth" : "a share of \(options.testShare)"
    return "test split: \(share) of each class, stream test-split of seed 0"
  }

  /// Both parts in the order of the files.
  /// - Throws: `Problem.badData` if either part would have no sample; `remedy` says how to give a test split.
  static func carve(_ all: Split, _ options: LoadOptions, name: String, remedy: String) throws -> (Split, Split) {
    let places = try places(all.labels, options, name: name, remedy: remedy)
    return (all.subset(places.train), all.subset(places.test))
  }

  /// Where the samples of both parts stand.
  /// - Throws: as `carve`.
  static func places(
    _ labels: [Int32], _ options: LoadOptions, name: String, remedy: String
  ) throws -> (train: [Int32], test: [Int32]) {
    let test = indices(labels, options.testShare), taken = Set(test)
    guard !test.isEmpty, test.count < labels.count else {
      throw Problem.badData(
        "\(name) has too few samples to take a share of \(options.testShare) of each class for testing.", remedy: remedy
      )
    }
    return ((0..<Int32(labels.count)).filter { !taken.contains($0) }, test)
  }

  /// Refuses a setting that would do nothing.
  static func checkUnused(_ options: LoadOptions, name: String) throws {
    guard options.testShare == LoadOptions().testShare else {
      throw Problem.usage(
        "test-share has no effect on \(name), which has a test split of its own.", remedy: "Leave test-share out.")
    }
  }

  private static func indices(_ labels: [Int32], _ share: Double) -> [Int32] {
    var stream = RandomStream(seed: 0, "test-split")
    var classes: [Int32: [Int32]] = [:]
    for index in stream.permutation(of: labels.count) { classes[labels[Int(index)], default: []].append(index) }
    return classes.values.flatMap { $0.prefix(Int((Double($0.count) * share).rounded())) }.sorted()
  }
}
