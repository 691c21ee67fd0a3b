import Basics
package import Foundation

/// A table of rows by name over something that is the truth: whatever it lacks can be read again, so nothing waits for the
/// disk. Columns come as rows have them.
///
/// It is confined to one task at a time.
package final class IndexTable {
  package struct Row {
    package var name: String
    /// When what the row tells of was last changed.
    package var stamp: Int64
    package var values: [String: SQLValue]

    package init(name: String, stamp: Int64, values: [String: SQLValue]) {
      self.name = name
      self.stamp = stamp
      self.values = values
    }
  }

  private let database: SQLiteDatabase
  /// Besides the name.
  package private(set) var columns: [String] = []

  /// Every row has a digest of itself: one that is not what was written is never shown.
  private static let schema = "CREATE TABLE runs (name TEXT PRIMARY KEY, stamp INTEGER, seal INTEGER) WITHOUT ROWID"
  private static let fixed = ["name", "stamp", "seal"]
  /// SQLite takes 2000; what a row has beyond that is lost.
  private static let mostColumns = 1500

  /// Opens the table of a file, or makes it anew where it is one of another version.
  ///
  /// - Throws: `Problem.badData` if the file is no table, or a damaged one.
  package init(_ url: URL, version: String) throws {
    database = try SQLiteDatabase(url, .replaceable)
    try database.execute("CREATE TABLE IF NOT EXISTS about (identity TEXT)")
    let found = try database.query("SELECT identity FROM about").first?[0].text
    if found == version {
      guard try database.query("PRAGMA quick_check(1)").first?[0].text == "ok" else {
        throw Problem.badData("\(url.path) is damaged.", remedy: "It can be made anew.")
      }
    } else {
      try database.transaction {
        try database.execute("DROP TABLE IF EXISTS runs; DELETE FROM about")
        try database.execute(Self.schema)
        try database.repeatedly("INSERT INTO about VALUES (?)", rows: [[.text(version)]])
      }
    }
    try readColumns()
  }

  package static func delete(_ url: URL) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: url.path + suffix)
    }
  }

  // MARK: changing

  /// Stamps of all rows by name; what other processes have added is known from here on.
  package func stamps() throws -> [String: Int64] {
    try readColumns()
    var stamps: [String: Int64] = [:]
    try database.query("SELECT name, stamp FROM runs") { row in
      if let name = row[0].text { stamps[name] = row[1].integer ?? 0 }
    }
    return stamps
  }

  private func readColumns() throws {
    columns = try database.query("SELECT name FROM pragma_table_info('runs') ORDER BY cid").compactMap(\.[0].text)
      .filter { !Self.fixed.contains($0) }
  }

  /// Puts rows in place of those of their names and takes others away, all or nothing.
  package func replace(_ rows: [Row], removing names: [String]) throws {
    try database.transaction {
      try addColumns(of: rows)
      let places = [String](repeating: "?", count: Self.fixed.count + columns.count).joined(separator: ", ")
      try database.repeatedly(
        "INSERT OR REPLACE INTO runs (\(list)) VALUES (\(places))",
        rows: rows.map { row in
          let values = row.values.filter { columns.contains($0.key) }
          return [.text(row.name), .integer(row.stamp), Self.seal(row.name, row.stamp, values)]
            + columns.map { values[$0] ?? .null }
        })
      try database.repeatedly("DELETE FROM runs WHERE name = ?", rows: names.map { [.text($0)] })
    }
  }

  private func addColumns(of rows: [Row]) throws {
    // SQLite takes names that differ in case alone for one.
    var known = Set((columns + Self.fixed).map { $0.lowercased() })
    for name in rows.flatMap({ $0.values.keys.sorted() }) where columns.count < Self.mostColumns {
      guard known.insert(name.lowercased()).inserted else { continue }
      try database.execute("ALTER TABLE runs ADD COLUMN \(Self.quoted(name))")
      columns.append(name)
    }
  }

  // MARK: asking

  /// What a column must be. Of several columns the first that a row has a value in counts; one that no row has is null.
  package struct Condition {
    package enum Test {
      /// One of several values, or texts in which asterisks stand for any stretch.
      case one(of: [SQLValue], patterns: [String])
      case none(of: [SQLValue], patterns: [String])
      /// A number that stands so to another: `<`, `<=`, `>`, `>=`.
      case number(String, SQLValue)
    }

    package var columns: [String]
    package var test: Test

    package init(_ columns: [String], _ test: Test) {
      self.columns = columns
      self.test = test
    }
  }

  /// Rows without a value of the columns that are sorted by come last.
  package func rows(
    _ conditions: [Condition], sortedBy columns: [String], descending: Bool, limit: Int, offset: Int
  ) throws -> [Row] {
    let (condition, values) = sql(conditions), key = expression(columns)
    return try rows(
      "WHERE \(condition) ORDER BY \(key) IS NULL, \(key) \(descending ? "DESC" : "ASC"), name LIMIT ? OFFSET ?",
      values + [.integer(Int64(clamping: limit)), .integer(Int64(offset))])
  }

  package func count(_ conditions: [Condition]) throws -> Int {
    let (condition, values) = sql(conditions)
    return try database.query("SELECT count(*) FROM runs WHERE \(condition)", values).first?[0].integer.map { Int($0) }
      ?? 0
  }

  /// Some rows whose names begin so, or do behind their first hyphen.
  package func rows(beginning text: String, limit: Int) throws -> [Row] {
    let count = SQLValue.integer(Int64(text.count))
    return try rows(
      "WHERE name = ? OR substr(name, 1, ?) = ? OR substr(name, instr(name, '-') + 1, ?) = ? LIMIT ?",
      [.text(text), count, .text(text), count, .text(text), .integer(Int64(limit))])
  }

  private func rows(_ rest: String, _ values: [SQLValue]) throws -> [Row] {
    try database.query("SELECT \(list) FROM runs \(rest)", values).map { row in
      let pairs = zip(columns, row.dropFirst(Self.fixed.count)).filter { $0.1 != .null }
      let values = Dictionary(uniqueKeysWithValues: pairs.map { $0 })
      guard let name = row[0].text, let stamp = row[1].integer, row[2] == Self.seal(name, stamp, values) else {
        throw Problem.badData("A row of \(database.url.path) is damaged.", remedy: "It can be made anew.")
      }
      return Row(name: name, stamp: stamp, values: values)
    }
  }

  private static func seal(_ name: String, _ stamp: Int64, _ values: [String: SQLValue]) -> SQLValue {
    let named = values.sorted { $0.key < $1.key }.flatMap { [.text($0.key), $0.value] }
    return .integer(SQLValue.digest([.text(name), .integer(stamp)] + named))
  }

  private var list: String { (Self.fixed + columns).map(Self.quoted).joined(separator: ", ") }

  private static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }

  private func expression(_ names: [String]) -> String {
    let found = names.filter { $0 == "name" || columns.contains($0) }.map(Self.quoted)
    return found.count > 1 ? "coalesce(\(found.joined(separator: ", ")))" : found.first ?? "NULL"
  }

  private func sql(_ conditions: [Condition]) -> (String, [SQLValue]) {
    let parts = conditions.map { condition -> (String, [SQLValue]) in
      let column = expression(condition.columns)
      switch condition.test {
      case .number(let relation, let bound):
        precondition(["<", "<=", ">", ">="].contains(relation), "\(relation) is no relation")
        return ("(typeof(\(column)) IN ('integer', 'real') AND \(column) \(relation) ?)", [bound])
      case .one(let values, let patterns):
        return ("coalesce(\(Self.any(column, values, patterns)), 0)", values + patterns.map(Self.pattern))
      case .none(let values, let patterns):
        return ("NOT coalesce(\(Self.any(column, values, patterns)), 0)", values + patterns.map(Self.pattern))
      }
    }
    return (parts.isEmpty ? "1" : parts.map(\.0).joined(separator: " AND "), parts.flatMap(\.1))
  }

  private static func any(_ column: String, _ values: [SQLValue], _ patterns: [String]) -> String {
    let tests = values.map { _ in "\(column) = ?" } + patterns.map { _ in "CAST(\(column) AS TEXT) GLOB ?" }
    return "(" + tests.joined(separator: " OR ") + ")"
  }

  /// To GLOB `?` and `[` are special too.
  private static func pattern(_ text: String) -> SQLValue {
    .text(text.replacing("[", with: "[[]").replacing("?", with: "[?]"))
  }
}
