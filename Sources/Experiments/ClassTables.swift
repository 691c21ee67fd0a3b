import Analysis
public import Basics
public import Pages

/// Tables of what networks reach class by class. Where there are many classes they hold those that are hardest for the first
/// network, and the mistakes that it makes most often; the record has all.
public struct ClassTables {
  public struct Network {
    public var title: String
    /// Of every class; `nil` without samples.
    public var accuracies: [Interval?]
    /// Over the seeds; `nil` where it is not known.
    public var confusion: Confusion?

    public init(_ title: String, accuracies: [Interval?], confusion: Confusion?) {
      self.title = title
      self.accuracies = accuracies
      self.confusion = confusion
    }

    fileprivate var balanced: Interval? {
      let known = accuracies.compactMap(\.self), count = known.first?.values.count ?? 0
      guard count > 0 else { return nil }
      return Interval(of: (0..<count).map { seed in known.reduce(0) { $0 + $1.values[seed] } / Double(known.count) })
    }
  }

  /// More classes than this are not all shown.
  public static let mostRows = 20
  private static let longestName = 24
  /// A matrix of more classes than this is too wide for a terminal.
  static let mostColumns = 12

  let names: [String]
  let counts: [Int]
  let networks: [Network]

  /// - Parameters:
  ///   - names: Of the classes; numbers where there are none.
  ///   - counts: Test samples of every class.
  ///   - networks: The first is the one that counts.
  public init(names: [String]?, counts: [Int], networks: [Network]) {
    self.names = counts.indices.map { label in
      guard let names, names.count == counts.count else { return "\(label)" }
      return names[label].count > Self.longestName ? "\(names[label].prefix(Self.longestName))…" : names[label]
    }
    self.counts = counts
    self.networks = networks
  }

  private var isCut: Bool { counts.count > Self.mostRows }

  /// A row a class, the mean over classes last.
  public var accuracies: Table {
    let all = Array(counts.indices), first = networks[0].accuracies
    let shown =
      isCut
      ? all.filter { first[$0] != nil }.sorted { (first[$0]!.mean, $0) < (first[$1]!.mean, $1) }.prefix(
        Self.mostRows / 2)
      : all[...]
    let rows = shown.map { label in
      Table.Row([.text(names[label]), .count(counts[label])] + networks.map { .percent($0.accuracies[label]) })
    }
    let balanced = Table.Row(
      ["Mean over classes (balanced)", .count(counts.reduce(0, +))] + networks.map { .percent($0.balanced) },
      isMarked: true)
    let what = isCut ? ", the \(shown.count) classes hardest for the \(networks[0].title.lowercased())" : ""
    return Table(
      "Test accuracy by class, %\(what)",
      columns: [.text("Class"), .number("Samples")] + networks.map { .number("\($0.title)") }, rows: rows + [balanced])
  }

  /// Which classes the first network takes for which: the matrix of few classes, the most frequent mistakes of many.
  public var confusion: Table? {
    guard let confusion = networks[0].confusion else { return nil }
    return counts.count > Self.mostColumns ? mistakes(confusion) : matrix(confusion)
  }

  private func matrix(_ confusion: Confusion) -> Table {
    let rows = zip(names, confusion.matrix).map { name, row in Table.Row([.text(name)] + row.map { Cell.count($0) }) }
    return Table(
      "\(networks[0].title): samples of the class in the row, taken for the class in the column",
      columns: [.text("Class")] + names.map { .number("\($0)") }, rows: rows)
  }

  private func mistakes(_ confusion: Confusion) -> Table? {
    let known = networks.filter { $0.confusion != nil }
    let rows = confusion.mistakes(Self.mostRows / 2).map { label, found, _ in
      Table.Row(
        [.text(names[label]), .text(names[found])] + known.map { .count($0.confusion!.count(of: label, as: found)) })
    }
    guard !rows.isEmpty else { return nil }
    let others = known.count > 1 ? ", and how often each network makes them" : ""
    return Table(
      "The most frequent mistakes of the \(networks[0].title.lowercased())\(others)",
      columns: [.text("Class"), .text("Taken for")] + known.map { .number("\($0.title)") }, rows: rows)
  }
}
