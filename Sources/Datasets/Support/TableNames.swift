import Basics

/// Whether a table's first line names its columns, where nobody says so.
///
/// A line of words alone is one, and so is a line with an empty first name above an index, one with the name of a label, or
/// one that numbers the columns in order. What may be a sample as well is refused, or said.
struct TableNames {
  /// Empty without such a line.
  private(set) var names: [String] = []
  /// What may be seen in another way.
  private(set) var note: String?
  private let table: CSVTable

  /// Names that labels go by.
  static let ofLabels = ["label", "class", "target"]

  init(of table: CSVTable, _ options: LoadOptions) throws {
    self.table = table
    switch options.header {
    case .no: return
    case .yes: break
    case .auto: if try !isHeader(label: options.label) { return }
    }
    names = first
    // numpy.savetxt begins a header with a number sign.
    if names[0].hasPrefix("#") { names[0] = String(names[0].drop { $0 == "#" || $0 == " " }) }
  }

  private var first: [String] { table.records[0].fields }
  private var rest: ArraySlice<CSVTable.Record> { table.records.dropFirst() }

  private func recurs(_ column: Int) -> Bool { rest.contains { $0.fields[column] == first[column] } }
  private func all(_ column: Int, _ holds: (String) -> Bool) -> Bool { rest.allSatisfy { holds($0.fields[column]) } }
  private func isWord(_ text: String) -> Bool { !TableNumber.isLike(text) && !TableNumber.isMissing(text) }

  private mutating func isHeader(label setting: String) throws -> Bool {
    let label = setting == "first" ? 0 : Int(setting).map { min(max($0, 1), first.count) - 1 } ?? first.count - 1
    let features = first.indices.filter { $0 != label }
    if features.allSatisfy({ !TableNumber.isLike(first[$0]) }), features.contains(where: { isWord(first[$0]) }) {
      return true
    }
    if rest.isEmpty { return false }
    let names = Self.ofLabels + [setting.lowercased()]
    if first.indices.contains(where: { names.contains(first[$0].lowercased()) && isWord(first[$0]) && !recurs($0) }) {
      return true
    }
    return try isNumbered(label, features)
  }

  /// Whether the line counts the columns: `0,1,2,3`, as tables without names are saved with. Over an index stands nothing.
  private mutating func isNumbered(_ label: Int, _ features: [Int]) throws -> Bool {
    let isNamed = isWord(first[label])
    let cells = (features + (isNamed ? [] : [label])).filter { $0 > 0 || !first[0].isEmpty }
    let counts = Set(cells.map { column in Int(first[column]).map { $0 &- column } })
    let isCount = counts.count == 1 && counts != [nil]
    if isNamed {
      let isOdd = all(label) { TableNumber.isLike($0) || TableNumber.isMissing($0) }
      if isCount && (isOdd || features.count > 1 && !recurs(label)) { return taken() }
      if isOdd { throw unclear("has the only label that is a word, '\(first[label].cut)'") }
      if !recurs(label) {
        note = "line \(table.records[0].line) read as a sample, though its label occurs once (header=yes if it is none)"
      }
      return false
    }
    guard isCount else { return false }
    if !recurs(label) { return taken() }
    let hasDecimals = features.contains { all($0) { !$0.isEmpty && Int($0) == nil } }
    guard features.count > 1, hasDecimals else { throw unclear("counts its columns") }
    return taken()
  }

  private mutating func taken() -> Bool {
    note = "line \(table.records[0].line) taken for names (header=no if it is a sample)"
    return true
  }

  private func unclear(_ what: String) -> Problem {
    .badData(
      "\(table.name) line \(table.records[0].line) \(what): it may hold names or a sample.",
      remedy: "Say which: --set header=yes or header=no.")
  }
}
