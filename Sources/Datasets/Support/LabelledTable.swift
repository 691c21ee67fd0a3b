import Basics

/// A table taken apart: numbers and labels.
struct LabelledTable {
  let name: String
  let columns: TableColumns
  /// Sample by sample, in the order of `columns.features`.
  private(set) var features: [Float] = []
  private(set) var labels: [Label] = []
  private(set) var notes: [String]
  /// `.point` or `.comma`.
  let mark: DecimalMark

  struct Label {
    var text: String
    var line: Int
  }

  init(_ table: CSVTable, _ columns: TableColumns, _ options: LoadOptions) throws {
    name = table.name
    self.columns = columns
    notes = columns.notes
    let samples = columns.names.isEmpty ? table.records[...] : table.records.dropFirst()
    guard !samples.isEmpty else {
      throw Problem.badData("\(name) has a header and no samples.", remedy: "Give a line for each sample.")
    }
    mark = try Self.mark(samples, columns, options.decimal, name)
    if mark == .comma { notes.append("decimal commas") }
    features.reserveCapacity(samples.count * columns.features.count)
    var truths: Set<Int> = []
    for record in samples {
      for column in columns.features {
        guard let value = TableNumber.value(record.fields[column], mark) else { throw noNumber(record, column) }
        features.append(value)
        if TableNumber.truth(record.fields[column]) != nil { truths.insert(column) }
      }
    }
    if !truths.isEmpty { notes.append("true read as 1, false as 0") }
    labels = samples.map { Label(text: $0.fields[columns.label], line: $0.line) }
  }

  /// What the commas in a table's numbers mean.
  private static func mark(
    _ samples: ArraySlice<CSVTable.Record>, _ columns: TableColumns, _ asked: DecimalMark, _ name: String
  ) throws -> DecimalMark {
    if asked != .auto { return asked }
    var found: (text: String, line: Int)?
    for record in samples {
      for column in columns.features where record.fields[column].utf8.contains(UInt8(ascii: ",")) {
        let text = record.fields[column]
        if TableNumber.hasDecimalComma(text) { return .comma }
        if found == nil, TableNumber.mayGroup(text) { found = (text, record.line) }
      }
    }
    if let found {
      throw Problem.badData(
        "\(name) line \(found.line) has '\(found.text.cut)', whose comma may begin decimals or part thousands.",
        remedy: "Say --set decimal=comma, or write it without a comma.")
    }
    return .point
  }

  private func noNumber(_ record: CSVTable.Record, _ column: Int) -> Problem {
    let text = record.fields[column]
    let what =
      TableNumber.isMissing(text) && !text.isEmpty ? "stands for a missing value" : "is no finite number"
    var remedy = "Every column but the label's must hold numbers\(mark == .comma ? " with decimal commas" : "")."
    if TableNumber.isMissing(text) { remedy = "Fill the value in, or leave the sample out." }
    if text.contains(",") { remedy += " Write thousands without separators." }
    if columns.names.isEmpty && features.count < columns.features.count {
      remedy += " If this line holds names, say --set header=yes."
    }
    return .badData("\(name) line \(record.line), \(columns.name(column)): '\(text.cut)' \(what).", remedy: remedy)
  }

  /// - Parameter classes: Which label is which.
  func split(_ classes: TableClasses) throws -> Split {
    Split(pixels: .floats(features), labels: labels.map { classes.indices[$0.text]! })
  }
}

/// Which label of a table is which class.
struct TableClasses {
  /// Sorted, or empty if the labels are whole numbers.
  private(set) var names: [String] = []
  private(set) var indices: [String: Int32] = [:]
  private(set) var notes: [String] = []

  /// - Throws: `Problem.badData` if labels are missing, numbers beside words, measurements, or as good as all different.
  init(train: LabelledTable, test: LabelledTable? = nil) throws {
    let tables = [train] + (test.map { [$0] } ?? []), kinds = try tables.map { try Self.isNumbered($0) }
    if kinds.allSatisfy({ $0 }) {
      for table in tables {
        for label in table.labels where indices[label.text] == nil {
          indices[label.text] = try Self.number(label, table)
        }
      }
    } else {
      names = Set(train.labels.map(\.text)).sorted()
      // Those of the test samples alone come behind; a data set refuses them by name.
      names += Set(test?.labels.map(\.text) ?? []).subtracting(names).sorted()
      indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    }
    try checkCount(train)
    if Set(names.map { $0.lowercased() }).count < names.count {
      notes.append("classes differ in capitals alone")
    }
  }

  /// Whether all labels are whole numbers; else all are words.
  private static func isNumbered(_ table: LabelledTable) throws -> Bool {
    var number: LabelledTable.Label?, word: LabelledTable.Label?, measured: LabelledTable.Label?
    var known: Set<String> = []
    for label in table.labels where known.insert(label.text).inserted {
      if TableNumber.isMissing(label.text) { throw missing(label, table) }
      if TableNumber.whole(label.text, table.mark) != nil {
        number = number ?? label
      } else if TableNumber.value(label.text, table.mark) != nil && TableNumber.truth(label.text) == nil {
        measured = measured ?? label
      } else {
        word = word ?? label
      }
    }
    if let word, let other = number ?? measured {
      throw Problem.badData(
        "\(table.name) has numbers and words for labels: '\(other.text.cut)' in line \(other.line), '\(word.text.cut)' "
          + "in line \(word.line).",
        remedy: "Write all classes as words, or all as numbers. \(table.elsewhere)")
    }
    if let measured {
      throw Problem.badData(
        "\(table.name) line \(measured.line) has the label \(measured.text.cut): a measurement, where a class belongs.",
        remedy: "Make classes of the measurements, with words for names. \(table.elsewhere)")
    }
    return word == nil
  }

  private static func missing(_ label: LabelledTable.Label, _ table: LabelledTable) -> Problem {
    let what = label.text.isEmpty ? "an empty label" : "the label '\(label.text)', which stands for a missing one"
    return .badData(
      "\(table.name) line \(label.line) has \(what).",
      remedy: "Leave the sample out, or write its class. \(table.elsewhere)")
  }

  private static func number(_ label: LabelledTable.Label, _ table: LabelledTable) throws -> Int32 {
    guard let number = TableNumber.whole(label.text, table.mark).flatMap({ Int32(exactly: $0) }) else {
      throw Problem.badData(
        "\(table.name) line \(label.line) has the label \(label.text.cut), which no 32 bits hold.",
        remedy: "Number the classes from 0, or give them names.")
    }
    return number
  }

  private func checkCount(_ train: LabelledTable) throws {
    let count = names.isEmpty ? Set(train.labels.map { indices[$0.text]! }).count : Set(train.labels.map(\.text)).count
    guard count > 1 else {
      throw Problem.badData(
        "\(train.name) has a single class, '\(train.labels[0].text.cut)'.",
        remedy: "Classification needs two. \(train.elsewhere)")
    }
    guard count == 2 || 5 * count <= train.labels.count else {
      throw Problem.badData(
        "\(train.name) has \(grouped(count)) classes in \(grouped(train.labels.count)) samples, fewer than five a class.",
        remedy: "Give more samples. \(train.elsewhere)")
    }
  }
}

extension LabelledTable {
  /// Where labels were read, and what to do if they are not there.
  fileprivate var elsewhere: String {
    "Labels are read from \(columns.name(columns.label)); if they stand elsewhere, say --set label=first, or the column's name or number."
  }
}
