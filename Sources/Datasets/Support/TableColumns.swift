import Basics

/// Which columns of a table are features, and which is the label.
struct TableColumns {
  /// Empty without a header.
  let names: [String]
  private(set) var label: Int
  /// In the order in which they are read.
  private(set) var features: [Int]
  private(set) var notes: [String] = []

  private static let indexNames: Set<String> = ["", "id", "index"]

  init(of table: CSVTable, _ options: LoadOptions) throws {
    let found = try TableNames(of: table, options)
    names = found.names
    label = 0
    features = []
    notes = table.notes + [found.note ?? (names.isEmpty ? "no header" : "line \(table.records[0].line) holds names")]
    label = try Self.label(table, names, options.label)
    notes.append("labels in \(name(label))")
    let indices = names.indices.filter { $0 != label && Self.isIndex(table, names[$0], $0) }
    features = (0..<table.width).filter { $0 != label && !indices.contains($0) }
    notes += indices.map { "\(name($0)) left out, as it only numbers the samples" }
    if features.isEmpty {
      throw Problem.badData("\(table.name) has no column of features.", remedy: "Give one beside the label.")
    }
  }

  /// A column by number and name, for people.
  func name(_ column: Int) -> String {
    let name = names.isEmpty || names[column].isEmpty ? "" : " (\(names[column].cut))"
    return "column \(column + 1)\(name)"
  }

  /// A column without a name, or called an index, in which no whole number occurs twice.
  private static func isIndex(_ table: CSVTable, _ name: String, _ column: Int) -> Bool {
    let word = name.lowercased()
    guard indexNames.contains(word) || word.hasPrefix("unnamed: ") else { return false }
    let numbers = table.records.dropFirst().map { Int($0.fields[column]) }
    return numbers.count > 1 && !numbers.contains(nil) && Set(numbers).count == numbers.count
  }

  // MARK: the label

  private static func label(_ table: CSVTable, _ names: [String], _ setting: String) throws -> Int {
    switch setting {
    case "first": return 0
    case "last": return table.width - 1
    case "auto": return try usual(table, names)
    default: break
    }
    let named = names.indices.filter { names[$0] == setting }
    if let number = Int(setting) {
      guard (1...table.width).contains(number) else {
        throw Problem.usage("label=\(setting) names no column of \(table.name).", remedy: "It has 1 to \(table.width).")
      }
      return number - 1
    }
    guard let column = named.first else {
      throw Problem.usage(
        names.isEmpty
          ? "\(table.name) has no header, and so no column '\(setting.cut)'."
          : "\(table.name) has no column '\(setting.cut)'.",
        remedy: names.isEmpty
          ? "Give the label's column by its number." : Suggestion.sentence(for: setting, among: names))
    }
    guard named.count == 1 else { throw unclear(table, named, names) }
    return column
  }

  /// The column with a label's name, else the last.
  private static func usual(_ table: CSVTable, _ names: [String]) throws -> Int {
    let last = table.width - 1, words = names.map { $0.lowercased() }
    let labels = words.indices.filter { TableNames.ofLabels.contains(words[$0]) }
    // Beside an x, y is a coordinate.
    let others = words.indices.filter { words[$0] == "y" && ($0 == last || $0 == 0 || words[$0 - 1] != "x") }
    let certain = labels.isEmpty ? others : labels
    guard certain.count < 2, labels.isEmpty || labels == [last] || !others.contains(last),
      !labels.isEmpty || others.isEmpty || others == [last]
    else { throw unclear(table, Set(labels + others).sorted(), names) }
    return certain.first ?? last
  }

  private static func unclear(_ table: CSVTable, _ columns: [Int], _ names: [String]) -> Problem {
    let list = columns.map { "column \($0 + 1) (\(names[$0].cut))" }.joined(separator: ", ")
    return .badData(
      "\(table.name) may have its labels in \(list)\(columns.count == 1 ? " or in the last column" : "").",
      remedy: "Say where: --set label=\(columns[0] + 1), with the column's number.")
  }
}

// MARK: a second table

extension TableColumns {
  /// The columns of a table for testing: by name where both have names, else in the same places.
  init(of table: CSVTable, like other: TableColumns, of first: CSVTable, _ options: LoadOptions) throws {
    var options = options
    let wanted = (other.features + [other.label]).compactMap { other.names.isEmpty ? nil : other.names[$0] }
    if options.header == .auto, !wanted.isEmpty, Set(table.records[0].fields).isSuperset(of: wanted) {
      options.header = .yes
    }
    names = try TableNames(of: table, options).names
    (label, features) = (other.label, other.features)
    if names.isEmpty != other.names.isEmpty {
      notes = ["\(names.isEmpty ? table.name : first.name) has no header, so columns are matched by place"]
    } else if names != other.names {
      (label, features) = try places(in: table, of: other, in: first)
      notes = ["columns of \(table.name) matched by name"]
      return
    }
    guard table.width == first.width else {
      throw Problem.badData(
        "\(table.name) has \(table.width) columns, \(first.name) \(first.width).",
        remedy: "Give both files the same columns.")
    }
  }

  private func places(in table: CSVTable, of other: TableColumns, in first: CSVTable) throws -> (Int, [Int]) {
    let wanted = (other.features + [other.label]).map { other.names[$0] },
      ignored = Set(other.names).subtracting(wanted)
    let lacking = wanted.filter { !names.contains($0) }
    guard lacking.isEmpty else { throw Self.unlike(table, "lacks", lacking, first) }
    let extra = names.indices.filter {
      !wanted.contains(names[$0]) && !ignored.contains(names[$0]) && !Self.isIndex(table, names[$0], $0)
    }
    guard extra.isEmpty else { throw Self.unlike(table, "has, besides those,", extra.map { names[$0] }, first) }
    let twice = wanted.filter { name in names.count { $0 == name } > 1 || wanted.count { $0 == name } > 1 }
    guard twice.isEmpty else { throw Self.unlike(table, "has, more than once,", twice, first) }
    let places = wanted.map { names.firstIndex(of: $0)! }
    return (places[places.count - 1], places.dropLast())
  }

  private static func unlike(_ table: CSVTable, _ what: String, _ columns: [String], _ first: CSVTable) -> Problem {
    let list = columns.prefix(5).map(\.cut).joined(separator: ", ")
    return .badData(
      "\(table.name) \(what) columns of \(first.name): \(list)\(columns.count > 5 ? " and \(columns.count - 5) more" : "").",
      remedy: "Give both files the same columns, in any order.")
  }
}
