import Basics
public import Foundation

/// What a table keeps of a run: one row.
public protocol RunRecord: Sendable {
  /// Names and types of the columns, without the run's name.
  static var columns: [(name: String, type: SQLType)] { get }
  /// What tells the run from all others of the table; the same settings give the same name.
  var run: String { get }
  var values: [SQLValue] { get }
  /// `nil` if the values are none of this kind's.
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
/// batches, each wholly or not at all; a killed process loses at most the batch that it was gathering. It is
/// `@unchecked Sendable` because a lock guards the connection.
public final class RunTable<Record: RunRecord>: @unchecked Sendable {
  private let database: SQLiteDatabase
  private let folderLock: FolderLock?
  private let lock = NSLock()

  public let url: URL
  /// The file's, without the ending.
  public let name: String

  /// Opens the table of a folder, or creates both.
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
    database = try SQLiteDatabase(url)
    let columns = Record.columns.map { ", \($0.name) \($0.type.rawValue)" }.joined()
    try database.execute("CREATE TABLE IF NOT EXISTS runs (run TEXT PRIMARY KEY\(columns)) WITHOUT ROWID")
    try database.execute(
      "CREATE TABLE IF NOT EXISTS sessions (start REAL, seconds REAL, runs INTEGER, threads INTEGER, command TEXT)")
    let found = try database.query("SELECT name FROM pragma_table_info('runs') ORDER BY cid").compactMap { $0[0].text }
    guard found == ["run"] + Record.columns.map(\.name) else {
      throw Problem.badData(
        "\(url.path) has the columns \(found.joined(separator: ", ")).",
        remedy: "Another version of Tombola made it; move it away, or use that version.")
    }
  }

  /// Writes the rows, all or none. A run that has a row already keeps it.
  public func insert(_ records: [Record]) throws {
    let places = Record.columns.map { _ in ", ?" }.joined()
    try lock.withLock {
      try database.execute(
        "INSERT OR IGNORE INTO runs VALUES (?\(places))", rows: records.map { [.text($0.run)] + $0.values })
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

  /// Sessions in order.
  public func sessions() throws -> [TableSession] {
    try lock.withLock {
      try database.query("SELECT start, seconds, runs, threads, command FROM sessions ORDER BY start").map {
        TableSession(
          command: $0[4].text ?? "", runs: Int($0[2].integer ?? 0), threads: Int($0[3].integer ?? 0),
          seconds: $0[1].real ?? 0, start: $0[0].real ?? 0)
      }
    }
  }

  /// The names of all runs that are done.
  public func names() throws -> Set<String> {
    try lock.withLock {
      var names: Set<String> = []
      try database.query("SELECT run FROM runs") { if let name = $0[0].text { names.insert(name) } }
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
      try database.query("SELECT * FROM runs\(condition) ORDER BY run", value.map { [$0] } ?? []) { row in
        guard let name = row[0].text, let record = Record(run: name, values: Array(row.dropFirst())) else {
          throw Problem.badData(
            "\(url.path) has a row that is no run: \(row).", remedy: "Move the table away; its runs will be made again."
          )
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
      try database.query("SELECT * FROM runs ORDER BY run") { row in
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
