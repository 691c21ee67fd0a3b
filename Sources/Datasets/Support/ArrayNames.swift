import Basics

/// What the names of arrays say: which holds the samples of which part, and which their labels.
struct ArrayNames {
  struct Pair {
    var images: String
    var labels: String
  }

  let train: Pair
  /// Nil if the test split is to be taken from `train`.
  var test: Pair?
  var notes: [String] = []

  /// - Parameters:
  ///   - kind: Of the problem where something is missing.
  ///   - shapes: The dimensions of an array, for those that have numbers alone for names.
  /// - Throws: A problem naming what is there and what is missing.
  init(_ names: [String], in place: String, _ kind: Problem.Kind, shapes: (String) throws -> [Int]) throws {
    let found = try Self.roles(names, place)
    func absent(_ what: String) -> Problem {
      let held = names.isEmpty ? "nothing" : names.prefix(20).joined(separator: ", ")
      return Problem(
        kind, "\(place) holds no \(what) (it holds \(held)).",
        remedy: "Name them x_train, y_train, x_test and y_test, or x and y alone.")
    }
    func pair(_ part: Part, isNeeded: Bool = true) throws -> Pair? {
      switch (found[Role(part: part, isLabels: false)], found[Role(part: part, isLabels: true)]) {
      case (let images?, let labels?): return Pair(images: images, labels: labels)
      case (let images?, nil) where isNeeded: throw absent("y\(part.suffix), the labels of \(images)")
      case (nil, let labels?) where isNeeded: throw absent("x\(part.suffix), the samples of \(labels)")
      default: return nil
      }
    }
    let numbered = names.filter { $0.wholeMatch(of: /arr_\d+/) != nil }
    if let train = try pair(.train) {
      self.train = train
      test = try pair(.test)
      if test == nil, let validation = try pair(.validation, isNeeded: false) {
        test = validation
        notes.append("\(validation.images) serves for testing")
      }
    } else if let whole = try pair(.whole) {
      train = whole
      test = try pair(.test)
    } else if found.isEmpty, [2, 4].contains(numbered.count) {
      let pairs = try Self.pairs(numbered.sortedNames(), place, shapes)
      (train, test) = (pairs[0], pairs.count == 2 ? pairs[1] : nil)
      notes.append(
        "\(train.images) is taken for samples, \(train.labels) for labels"
          + (test.map { ", \($0.images) and \($0.labels) for testing" } ?? ""))
    } else {
      throw absent("training samples that can be told by name")
    }
    let used = [train.images, train.labels, test?.images, test?.labels]
    let rest = names.filter { !used.contains($0) }
    if !rest.isEmpty {
      notes.append("not read: \(rest.prefix(8).joined(separator: ", "))\(rest.count > 8 ? " ..." : "")")
    }
  }
}

// Words in names.
extension ArrayNames {
  enum Part: CaseIterable {
    case train, test, validation, whole

    /// Of a usual name: `x_train`.
    var suffix: String {
      switch self {
      case .train: "_train"
      case .test: "_test"
      case .validation: "_val"
      case .whole: ""
      }
    }

    /// Longest first.
    var words: [String] {
      switch self {
      case .train: ["training", "train"]
      case .test: ["testing", "test"]
      case .validation: ["validation", "valid", "val", "dev"]
      case .whole: [""]
      }
    }
  }

  private struct Role: Hashable {
    var part: Part
    var isLabels: Bool

    static let images: Set<String> = [
      "x", "image", "images", "img", "imgs", "data", "feature", "features", "sample", "samples", "input", "inputs",
    ]
    static let labels: Set<String> = ["y", "label", "labels", "target", "targets", "class", "classes"]

    /// `x_train`, `train_images`, `XTrain`, `labels`; nil for every other name.
    init?(_ name: String) {
      let letters = name.lowercased().filter { $0.isLetter }
      for part in Part.allCases {
        for word in part.words {
          var rests: [Substring] = []
          if letters.hasPrefix(word) { rests.append(letters.dropFirst(word.count)) }
          if letters.hasSuffix(word) { rests.append(letters.dropLast(word.count)) }
          for rest in rests.map(String.init) where Self.images.contains(rest) || Self.labels.contains(rest) {
            self.init(part: part, isLabels: Self.labels.contains(rest))
            return
          }
        }
      }
      return nil
    }

    init(part: Part, isLabels: Bool) {
      self.part = part
      self.isLabels = isLabels
    }
  }

  private static func roles(_ names: [String], _ place: String) throws -> [Role: String] {
    var found: [Role: String] = [:]
    for name in names {
      guard let role = Role(name) else { continue }
      if let other = found.updateValue(name, forKey: role) {
        throw Problem.badData(
          "\(place) holds both \(other) and \(name), which mean the same.", remedy: "Leave one of them out.")
      }
    }
    return found
  }

  /// Of two or four arrays in order those with one number a sample are labels; the first pair is for training.
  private static func pairs(_ names: [String], _ place: String, _ shapes: (String) throws -> [Int]) throws -> [Pair] {
    let sized = try names.map { (name: $0, shape: try shapes($0)) }
    let labels = sized.filter { $0.shape.dropFirst().allSatisfy { $0 == 1 } }
    let images = sized.filter { array in !labels.contains { $0.name == array.name } }
    guard images.count == labels.count, zip(images, labels).allSatisfy({ $0.shape.first == $1.shape.first }) else {
      let list = sized.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
      throw Problem.badData(
        "\(place) has arrays without names (\(list)), of which samples and labels cannot be told.",
        remedy: "Save them with names: numpy.savez(file, x_train=..., y_train=..., x_test=..., y_test=...).")
    }
    return zip(images, labels).map { Pair(images: $0.name, labels: $1.name) }
  }
}
