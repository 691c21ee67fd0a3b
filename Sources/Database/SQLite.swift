import Basics
import CSQLite
package import Foundation

/// One value of a row.
public enum SQLValue: Equatable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)

  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  public var text: String? { if case .text(let value) = self { value } else { nil } }
  public var real: Double? {
    switch self {
    case .real(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }
}

/// What a column holds.
public enum SQLType: String, Sendable {
  case integer = "INTEGER"
  case real = "REAL"
  case text = "TEXT"
}

/// A connection to one database file: a thin layer over the system's SQLite.
///
/// It is confined to one task at a time.
package final class SQLiteDatabase {
  private let handle: OpaquePointer
  package let url: URL

  /// What must hold after a loss of power.
  package enum Durability {
    /// What is committed is on disk: a write-ahead log, flushed at every commit.
    case kept
    /// The content can be made again, so nothing waits for the disk; several machines may share the file.
    case replaceable
  }

  /// Opens the file, or creates it.
  /// - Throws: `Problem.cannotWrite`, or `Problem.badData` if the file is no database.
  package init(_ url: URL, _ durability: Durability = .kept) throws {
    self.url = url
    var handle: OpaquePointer?
    let status = sqlite3_open_v2(url.path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
    guard status == SQLITE_OK, let handle else {
      sqlite3_close(handle)
      throw Problem.cannotWrite(
        "The table \(url.path) cannot be opened: \(String(cString: sqlite3_errstr(status))).",
        remedy: "Check the folder's permissions, or choose another with --out.")
    }
    self.handle = handle
    sqlite3_busy_timeout(handle, 10_000)
    switch durability {
    case .kept:
      try execute("PRAGMA journal_mode = WAL")
      try execute("PRAGMA synchronous = FULL")
    case .replaceable:
      // A write-ahead log needs memory that all readers share, which machines on a network folder do not.
      try execute("PRAGMA journal_mode = DELETE")
      try execute("PRAGMA synchronous = OFF")
    }
  }

  deinit { sqlite3_close(handle) }

  /// Runs statements without values, and drops what they return.
  package func execute(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
  }

  /// Runs a statement once for each of `rows`, all or none.
  package func execute(_ sql: String, rows: [[SQLValue]]) throws {
    try transaction { try repeatedly(sql, rows: rows) }
  }

  /// Runs a statement once for each of `rows`, within a transaction.
  package func repeatedly(_ sql: String, rows: [[SQLValue]]) throws {
    try withStatement(sql) { statement in
      for row in rows {
        try bind(row, to: statement)
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure() }
        sqlite3_reset(statement)
      }
    }
  }

  /// Rows of a query, in its order.
  package func query(_ sql: String, _ values: [SQLValue] = []) throws -> [[SQLValue]] {
    var rows: [[SQLValue]] = []
    try query(sql, values) { rows.append($0) }
    return rows
  }

  package func query(_ sql: String, _ values: [SQLValue] = [], each: ([SQLValue]) throws -> Void) throws {
    try withStatement(sql) { statement in
      try bind(values, to: statement)
      let columns = sqlite3_column_count(statement)
      while true {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: try each((0..<columns).map { Self.value(statement, $0) })
        case SQLITE_DONE: return
        default: throw failure()
        }
      }
    }
  }

  package func transaction(_ body: () throws -> Void) throws {
    try execute("BEGIN IMMEDIATE")
    do {
      try body()
      try execute("COMMIT")
    } catch {
      sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
      throw error
    }
  }

  private func withStatement(_ sql: String, _ body: (OpaquePointer) throws -> Void) throws {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else { throw failure() }
    defer { sqlite3_finalize(statement) }
    try body(statement)
  }

  /// SQLite copies the text while it is bound.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  private func bind(_ values: [SQLValue], to statement: OpaquePointer) throws {
    for (i, value) in values.enumerated() {
      let place = Int32(i + 1)
      let status =
        switch value {
        case .null: sqlite3_bind_null(statement, place)
        case .integer(let value): sqlite3_bind_int64(statement, place, value)
        case .real(let value): sqlite3_bind_double(statement, place, value)
        case .text(let value): sqlite3_bind_text(statement, place, value, -1, Self.transient)
        }
      guard status == SQLITE_OK else { throw failure() }
    }
  }

  private static func value(_ statement: OpaquePointer, _ column: Int32) -> SQLValue {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
    case SQLITE_TEXT: .text(String(cString: sqlite3_column_text(statement, column)))
    default: .null
    }
  }

  private func failure() -> Problem {
    let code = sqlite3_errcode(handle), reason = String(cString: sqlite3_errmsg(handle))
    switch code {
    case SQLITE_FULL, SQLITE_IOERR:
      let system = sqlite3_system_errno(handle)
      return .system(system == 0 ? ENOSPC : system, "The table \(url.path) cannot be written")
    // Statements are fixed: where one is an error, the header or the schema in the file is damaged.
    case SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_ERROR:
      return .badData(
        "\(url.path) is no readable table of runs: \(reason).",
        remedy: "Start the command that made it again: its runs are made anew.")
    default:
      return .cannotWrite(
        "The table \(url.path) fails: \(reason).",
        remedy: "Check the folder's permissions, or choose another with --out."
      )
    }
  }
}
