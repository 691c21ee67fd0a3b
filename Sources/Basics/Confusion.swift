/// How often samples of one class were taken for samples of a class, themselves among them.
///
/// Accuracy of a class is its recall: the share of its samples that are found. Balanced accuracy is the mean of these over the
/// classes that have samples (Brodersen et al. 2010), so that guessing the most frequent class gains nothing.
public struct Confusion: Equatable, Sendable {
  public let classes: Int
  /// How many samples, by class * `classes` + class found; what never happened is absent.
  private var cells: [Int: Int] = [:]

  public init(classes: Int) { self.classes = classes }

  /// Notes one sample.
  ///
  /// - Parameter outputs: The network's, one a class; a single one tells class 1 by its sign. The first of equals counts.
  public mutating func add(label: Int, outputs: [Float]) {
    var found = outputs.count == 1 && outputs[0] > 0 ? 1 : 0
    for i in outputs.indices.dropFirst() where outputs[i] > outputs[found] { found = i }
    cells[label * classes + found, default: 0] += 1
  }

  /// Of several networks on the same samples.
  public static func + (a: Confusion, b: Confusion) -> Confusion {
    precondition(a.classes == b.classes, "confusions of \(a.classes) and \(b.classes) classes")
    var sum = a
    sum.cells.merge(b.cells, uniquingKeysWith: +)
    return sum
  }

  public func count(of label: Int, as found: Int) -> Int { cells[label * classes + found] ?? 0 }

  /// [class][class found]
  public var matrix: [[Int]] {
    (0..<classes).map { label in (0..<classes).map { count(of: label, as: $0) } }
  }

  /// Samples of every class.
  public var samples: [Int] {
    cells.reduce(into: Array(repeating: 0, count: classes)) { $0[$1.key / classes] += $1.value }
  }

  /// The share of every class's samples that are found; `nil` for a class without samples.
  public var accuracies: [Double?] {
    samples.enumerated().map { label, count in
      count > 0 ? Double(self.count(of: label, as: label)) / Double(count) : nil
    }
  }

  public var accuracy: Double {
    let right = (0..<classes).reduce(0) { $0 + count(of: $1, as: $1) }
    return Double(right) / Double(max(1, cells.values.reduce(0, +)))
  }

  /// The mean of the classes' accuracies, over classes that have samples.
  public var balancedAccuracy: Double {
    let known = accuracies.compactMap(\.self)
    return known.reduce(0, +) / Double(max(1, known.count))
  }

  /// The most frequent mistakes, by number, then by class.
  public func mistakes(_ count: Int) -> [(label: Int, found: Int, count: Int)] {
    let wrong = cells.filter { $0.key / classes != $0.key % classes }
    return wrong.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(count).map {
      ($0.key / classes, $0.key % classes, $0.value)
    }
  }
}

/// In JSON `classes`, and in `cells` a triple (class, class found, how many samples) for every pair that occurred, ascending.
extension Confusion: Codable {
  private enum Key: String, CodingKey { case classes, cells }
  private static let mostClasses = 65_536

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    classes = try values.decode(Int.self, forKey: .classes)
    let triples = try values.decode([[Int]].self, forKey: .cells)
    let known = 0..<max(0, classes)
    guard (1...Self.mostClasses).contains(classes),
      triples.allSatisfy({ $0.count == 3 && known.contains($0[0]) && known.contains($0[1]) && $0[2] > 0 }),
      zip(triples, triples.dropFirst()).allSatisfy({ ($0[0], $0[1]) < ($1[0], $1[1]) })
    else {
      throw DecodingError.dataCorruptedError(forKey: .cells, in: values, debugDescription: "no counts of classes")
    }
    for triple in triples { cells[triple[0] * classes + triple[1]] = triple[2] }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(classes, forKey: .classes)
    try values.encode(
      cells.sorted { $0.key < $1.key }.map { [$0.key / classes, $0.key % classes, $0.value] }, forKey: .cells)
  }
}
