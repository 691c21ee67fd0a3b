import Basics
public import Foundation

/// What a table keeps of a run: one row.
public protocol RunRecord: Sendable {
  /// Names and types of the columns, without the run's name.
  static var columns: [(name: String, type: SQLType)] { get }
  /// What tells the run from all others of the table; the same settings give the same name.
  var run: String { get }
  var values: [SQLValue] { get }
  /// `nil` if the values are none of this kind's, or out of range.
  init?(run: String, values: [SQLValue])
}

/// Runs that a process did in one go.
public struct TableSession: Equatable, Sendable {
  public var command: String
  public var runs: Int
  public var threads: Int
  public var seconds: Double
  /// Seconds since 1970.
  public var start: Double

  public init(command: String, runs: Int, threads: Int, seconds: Double, start: Double) {
    self.command = command
    self.runs = runs
    self.threads = threads
    self.seconds = seconds
    self.start = start
  }
}

/// The compact store of a study: a run is a row, and a row is there once the run is done.
///
/// For studies of runs that take milliseconds, where a folder a run would cost more than the run. Rows are written in
/// batches, each wholly or not at all; a killed process loses at most the batch that it was gathering. Every row has a
/// digest of its own; rows of older versions have none. A damaged row counts as none. It is
/// `@unchecked Sendable` because a lock guards the connection.
public final class RunTable<Record: RunRecord>: @unchecked Sendable {
  private let database: SQLiteDatabase
  private let folderLock: FolderLock?
  /// Whether the table has a column of digests.
  private let isSealed: Bool
  private let lock = NSLock()

  public let url: URL
  /// The file's, without the ending.
  public let name: String

  /// Opens the table of a folder, or creates both. One that will be written to loses its damaged rows; one that is no
  /// readable table is moved aside, to `NAME.sqlite.damaged`, and begun anew.
  ///
  /// - Parameters:
  ///   - name: The file is `NAME.sqlite`; shards of a study have names of their own.
  ///   - writes: Whether rows will be added; only one process may do so at a time.
  /// - Throws: `Problem.cannotWrite`, or `Problem.badData` if the file is no table of runs.
  public init(folder: URL, name: String = "runs", writes: Bool) throws {
    try AtomicFile.createFolder(folder)
    self.name = name
    url = folder.appendingPathComponent("\(name).sqlite")
    let locks = folder.appendingPathComponent(".\(name)", isDirectory: true)
    if writes { try AtomicFile.createFolder(locks) }
    folderLock = writes ? try FolderLock(locks) : nil
    do { database = try Self.opened(url, checked: writes) } catch let problem as Problem
      where writes && problem.kind == .badData
    {
      try Self.moveAside(url)
      database = try Self.opened(url, checked: false)
    }
    var found = try database.query("SELECT name FROM pragma_table_info('runs') ORDER BY cid").compactMap { $0[0].text }
    if found == Self.names, writes {
      try database.execute("ALTER TABLE runs ADD COLUMN \(Self.seal) INTEGER")
      found.append(Self.seal)
    }
    isSealed = found.last == Self.seal
    guard found == Self.names + (isSealed ? [Self.seal] : []) else {
      throw Problem.badData(
        "\(url.path) has the columns \(found.joined(separator: ", ")).",
        remedy: "Another version of Tombola made it; move it away, or use that version.")
    }
    if writes { try removeDamaged() }
  }

  /// - Throws: `Problem.badData` if the file is no table, or a damaged one.
  private static func opened(_ url: URL, checked: Bool) throws -> SQLiteDatabase {
    let database = try SQLiteDatabase(url)
    let columns = Record.columns.map { ", \($0.name) \($0.type.rawValue)" }.joined()
    try database.execute(
      "CREATE TABLE IF NOT EXISTS runs (run TEXT PRIMARY KEY\(columns), \(seal) INTEGER) WITHOUT ROWID")
    try database.execute(
      "CREATE TABLE IF NOT EXISTS sessions (start REAL, seconds REAL, runs INTEGER, threads INTEGER, command TEXT)")
    guard try !checked || database.query("PRAGMA quick_check(1)").first?[0].text == "ok" else {
      throw Problem.badData(
        "\(url.path) is damaged.", remedy: "Start the command that made it again: its runs will be made anew.")
    }
    return database
  }

  private static func moveAside(_ url: URL) throws {
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: url.path + suffix) }
    guard rename(url.path, url.path + ".damaged") == 0 else {
      throw Problem.cannotWrite("\(url.path) is damaged and cannot be moved.", remedy: "Move it away.")
    }
  }

  // MARK: rows

  private static var names: [String] { ["run"] + Record.columns.map(\.name) }
  private static var seal: String { "seal" }

  /// A row with whether it is whole.
  private func rows(_ rest: String = "", _ values: [SQLValue] = [], each: (String, Record?) throws -> Void) throws {
    let list = Self.names.joined(separator: ", ") + (isSealed ? ", \(Self.seal)" : ", NULL")
    try database.query("SELECT \(list) FROM runs\(rest)", values) { row in
      let values = Array(row.dropFirst().dropLast()), name = row[0].text ?? ""
      let isWhole = row.last == .null || row.last == .integer(SQLValue.digest([.text(name)] + values))
      try each(name, isWhole ? Record(run: name, values: values) : nil)
    }
  }

  private func removeDamaged() throws {
    var damaged: [[SQLValue]] = []
    try rows { name, record in if record == nil { damaged.append([.text(name)]) } }
    if !damaged.isEmpty { try database.execute("DELETE FROM runs WHERE run = ?", rows: damaged) }
  }

  /// Writes the rows, all or none. A run that has a row already keeps it.
  public func insert(_ records: [Record]) throws {
    let places = Record.columns.map { _ in ", ?" }.joined()
    try lock.withLock {
      try database.execute(
        "INSERT OR IGNORE INTO runs VALUES (?\(places), ?)",
        rows: records.map { record in
          let values = record.values
          return [.text(record.run)] + values + [.integer(SQLValue.digest([.text(record.run)] + values))]
        })
    }
  }

  public func note(_ session: TableSession) throws {
    try lock.withLock {
      try database.execute(
        "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
        rows: [
          [
            .real(session.start), .real(session.seconds), .integer(Int64(session.runs)),
            .integer(Int64(session.threads)), .text(session.command),
          ]
        ])
    }
  }

  /// Sessions in order; those with numbers out of range are left out.
  public func sessions() throws -> [TableSession] {
    try lock.withLock {
      try database.query("SELECT start, seconds, runs, threads, command FROM sessions ORDER BY start").compactMap {
        let session = TableSession(
          command: $0[4].text ?? "", runs: Int($0[2].integer ?? 0), threads: Int($0[3].integer ?? 0),
          seconds: $0[1].real ?? 0, start: $0[0].real ?? 0)
        let isSound =
          StoredRange.seconds.contains(session.seconds) && StoredRange.time.contains(session.start)
          && [session.runs, session.threads].allSatisfy { StoredRange.count.contains(Double($0)) }
        return isSound ? session : nil
      }
    }
  }

  /// The names of all runs that are done.
  public func names() throws -> Set<String> {
    try lock.withLock {
      var names: Set<String> = []
      if folderLock != nil {
        // Its damaged rows are gone.
        try database.query("SELECT run FROM runs") { if let name = $0[0].text { names.insert(name) } }
      } else {
        try rows { name, record in if record != nil { names.insert(name) } }
      }
      return names
    }
  }

  /// The record of a run that is done.
  public func record(named name: String) throws -> Record? { try records("run", .text(name)).first }

  /// All records, by name.
  /// - Throws: `Problem.badData` if a row is none of this kind.
  public func records() throws -> [Record] { try records(nil, nil) }

  /// Those that have a value in a column, by name.
  /// - Throws: `Problem.badData` if a row is none of this kind.
  public func records(of column: String, being value: SQLValue) throws -> [Record] {
    precondition(Record.columns.contains { $0.name == column }, "\(column) is no column")
    return try records(column, value)
  }

  private func records(_ column: String?, _ value: SQLValue?) throws -> [Record] {
    try lock.withLock {
      var records: [Record] = []
      let condition = column.map { " WHERE \($0) = ?" } ?? ""
      try rows("\(condition) ORDER BY run", value.map { [$0] } ?? []) { name, record in
        guard let record else {
          throw Problem.badData(
            "\(url.path) has a damaged row, '\(name.prefix(100))'.",
            remedy: "Start the command that made it again: it makes the run anew.")
        }
        records.append(record)
      }
      return records
    }
  }

  public func count() throws -> Int {
    try lock.withLock { try database.query("SELECT count(*) FROM runs").first?[0].integer.map { Int($0) } ?? 0 }
  }

  /// SHA-256 of all rows by name: equal digests mean equal tables, bit for bit.
  public func digest() throws -> String {
    var hash = DigestStream()
    try lock.withLock {
      try database.query("SELECT \(Self.names.joined(separator: ", ")) FROM runs ORDER BY run") { row in
        for value in row { hash.add(Self.text(value)) }
      }
    }
    return hash.finish()
  }

  private static func text(_ value: SQLValue) -> String {
    switch value {
    case .null: "-\n"
    case .integer(let value): "\(value)\n"
    case .real(let value): "\(value.bitPattern)r\n"
    case .text(let value): "\(value)\n"
    }
  }
}
