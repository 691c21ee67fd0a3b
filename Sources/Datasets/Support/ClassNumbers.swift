/// The numbers that stand for classes in files, in order; class i is the i-th.
struct ClassNumbers {
  let values: [Int32]

  /// - Parameter labels: Of the training samples.
  init(of labels: [Int32]) { values = Set(labels).sorted() }

  /// Whether they are 0, 1, 2 and so on.
  var arePlain: Bool { zip(values, values.indices).allSatisfy { Int($0) == $1 } }

  /// No class is negative, but for the two of support vector machines, -1 and 1.
  func mayBe(_ label: Int32) -> Bool { label >= 0 || values == [-1, 1] && label == -1 }

  /// The split with the classes' places for labels; those that are none stay as they are.
  func renumbered(_ split: Split) -> Split {
    let places = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, Int32($0)) })
    return Split(pixels: split.pixels, labels: split.labels.map { places[$0] ?? $0 })
  }

  var note: String {
    let shown = values.prefix(20).enumerated().map { "\($1) is \($0)" }.joined(separator: ", ")
    return "classes numbered anew: \(shown)\(values.count > 20 ? " and so on" : "")"
  }
}
