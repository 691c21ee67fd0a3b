import Basics
import Database
public import Foundation
import Tickets

/// A table over the run folders of a store, so that tens of thousands can be searched at once.
///
/// The folders are the truth: whatever the table lacks or has from before a change is read again when it is opened, and a
/// table that is missing, damaged, or of another version is made anew. It is `@unchecked Sendable` because a lock guards
/// the connection.
public final class RunIndex: @unchecked Sendable {
  /// The folder of run folders.
  public let store: URL
  private var database: SQLiteDatabase
  private let lock = NSLock()

  /// What opening has done.
  public struct Refresh: Equatable, Sendable {
    public var runs = 0
    public var read = 0
    public var removed = 0
    /// Whether the table was made anew, and why.
    public var rebuilt: String?
  }

  public private(set) var lastRefresh = Refresh()

  private static let fileName = ".index.sqlite"
  /// Raised when what a row is made of changes.
  private static let version = 1
  /// A folder that changed this recently may change again within a tick of the file system's clock: it is read next time
  /// as well.
  private static let settling: Int64 = 2_000_000_000

  /// Opens the table of a store, and brings it up to date.
  ///
  /// - Parameter rebuilding: Whether to make the table anew whatever it holds.
  /// - Throws: `Problem.missingInput` if there is no store, `Problem.cannotWrite`.
  public init(_ store: URL, rebuilding: Bool = false) throws {
    guard (try? store.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true else {
      throw Problem.missingInput(
        "There is no folder \(store.path).", remedy: "Name the folder of run folders with --out.")
    }
    self.store = store
    let turn = try Self.turn(store)
    defer { withExtendedLifetime(turn) {} }
    if rebuilding { Self.delete(in: store) }
    do {
      database = try Self.open(store)
      try refreshHoldingTurn()
      if rebuilding { lastRefresh.rebuilt = "asked for" }
    } catch let problem as Problem where problem.kind == .badData {
      Self.delete(in: store)
      database = try Self.open(store)
      try refreshHoldingTurn()
      lastRefresh.rebuilt = problem.problem
    }
  }

  /// Reads what has changed since.
  public func refresh() throws {
    try lock.withLock {
      let turn = try Self.turn(store)
      defer { withExtendedLifetime(turn) {} }
      try refreshHoldingTurn()
    }
  }

  /// One process at a time looks for changes.
  private static func turn(_ store: URL) throws -> FolderLock {
    let folder = store.appendingPathComponent(".index")
    try AtomicFile.createFolder(folder)
    return try FolderLock.waiting(for: folder)
  }

  private static func delete(in store: URL) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
      try? FileManager.default.removeItem(at: store.appendingPathComponent(fileName + suffix))
    }
  }

  // MARK: the table

  public static let settingKeys = SearchSettings.fields.map(\.key)

  /// Everything that can be filtered and sorted by.
  public static let keys = RunEntry.figures + settingKeys

  private static func quoted(_ key: String) -> String { "\"\(key)\"" }

  private static var schema: String {
    let figures = ["seedList", "problem", "reproduce", "dataDigest"] + RunEntry.figures.dropFirst() + settingKeys
    return "CREATE TABLE runs (name TEXT PRIMARY KEY, stamp INTEGER, "
      + figures.map(quoted).joined(separator: ", ") + ") WITHOUT ROWID"
  }

  private static func open(_ store: URL) throws -> SQLiteDatabase {
    let url = store.appendingPathComponent(fileName), database = try SQLiteDatabase(url, .replaceable)
    let identity = "\(version) " + Digest.sha256(schema).prefix(12)
    try database.execute("CREATE TABLE IF NOT EXISTS about (identity TEXT)")
    let found = try database.query("SELECT identity FROM about").first?[0].text
    if found == identity {
      guard try database.query("PRAGMA quick_check(1)").first?[0].text == "ok" else {
        throw Problem.badData("\(url.path) is damaged.", remedy: "It is made anew from the run folders.")
      }
      return database
    }
    try database.transaction {
      try database.execute("DROP TABLE IF EXISTS runs; DELETE FROM about")
      try database.execute(schema)
      try database.repeatedly("INSERT INTO about VALUES (?)", rows: [[.text(identity)]])
    }
    return database
  }

  // MARK: refreshing

  private static func isRun(_ name: String) -> Bool {
    !name.hasPrefix("dense-") && !name.hasPrefix("study-") && !name.hasPrefix("spiral-")
  }

  private func refreshHoldingTurn() throws {
    let now = Int64(Date().timeIntervalSince1970 * 1e9)
    let folders = FolderListing.folders(in: store, where: Self.isRun)
    var known: [String: Int64] = [:]
    try database.query("SELECT name, stamp FROM runs") { row in
      if let name = row[0].text { known[name] = row[1].integer ?? 0 }
    }
    let changed = folders.filter { known[$0.name] != $0.changed }
    for folder in folders { known[folder.name] = nil }
    let entries = Self.read(changed, in: store)
    let rows = zip(changed, entries).compactMap { folder, entry in
      entry.map { Self.row($0, stamp: now - folder.changed < Self.settling ? 0 : folder.changed) }
    }
    let gone = Array(known.keys) + zip(changed, entries).filter { $0.1 == nil }.map(\.0.name)
    lastRefresh = Refresh(runs: folders.count, read: rows.count, removed: known.count)
    guard !rows.isEmpty || !gone.isEmpty else { return }
    let places = rows.first.map { $0.map { _ in "?" }.joined(separator: ", ") } ?? ""
    try database.transaction {
      if !rows.isEmpty { try database.repeatedly("INSERT OR REPLACE INTO runs VALUES (\(places))", rows: rows) }
      try database.repeatedly("DELETE FROM runs WHERE name = ?", rows: gone.map { [.text($0)] })
    }
  }

  /// Reads folders side by side.
  private static func read(_ folders: [FolderListing.Folder], in store: URL) -> [RunEntry?] {
    var entries = [RunEntry?](repeating: nil, count: folders.count)
    let piece = 64, pieces = (folders.count + piece - 1) / piece
    entries.withUnsafeMutableBufferPointer { buffer in
      let shared = Shared(buffer)
      DispatchQueue.concurrentPerform(iterations: pieces) { index in
        for i in index * piece..<min(folders.count, (index + 1) * piece) {
          let url = store.appendingPathComponent(folders[i].name, isDirectory: true)
          shared.buffer[i] = RunEntry(folder: url, updated: Double(folders[i].changed) / 1e9)
        }
      }
    }
    return entries
  }

  /// It is `@unchecked Sendable` because every thread writes places of its own.
  private struct Shared: @unchecked Sendable {
    nonisolated(unsafe) let buffer: UnsafeMutableBufferPointer<RunEntry?>
    init(_ buffer: UnsafeMutableBufferPointer<RunEntry?>) { self.buffer = buffer }
  }

  private static func row(_ entry: RunEntry, stamp: Int64) -> [SQLValue] {
    let own: [SQLValue] = [
      .text(entry.name), .integer(stamp), .text(entry.seeds.map(String.init).joined(separator: " ")),
      entry.problem.map { .text($0) } ?? .null, .text(entry.reproduce), entry.dataDigest.map { .text($0) } ?? .null,
    ]
    let figures = RunEntry.figures.dropFirst().map { key in
      key == "digest"
        ? entry.digest.map { SQLValue.text($0) } ?? .null : entry[key].map { SQLValue.number($0) } ?? .null
    }
    return own + figures + settingKeys.map { entry.settings[$0].map { .number($0) } ?? .null }
  }

  private static func entry(_ row: [SQLValue]) -> RunEntry {
    var entry = RunEntry(name: row[0].text ?? "", updated: 0)
    entry.seeds = (row[2].text ?? "").split(separator: " ").compactMap { UInt64($0) }
    entry.problem = row[3].text
    entry.reproduce = row[4].text ?? ""
    entry.dataDigest = row[5].text
    let figures = Dictionary(uniqueKeysWithValues: zip(RunEntry.figures.dropFirst(), row[6...]))
    entry.command = figures["command"]?.text ?? ""
    entry.status = figures["status"]?.text.flatMap(RunEntry.Status.init) ?? .damaged
    entry.round = figures["round"]?.integer.map { Int($0) }
    entry.density = figures["density"]?.real
    entry.accuracy = figures["accuracy"]?.real
    entry.dense = figures["dense"]?.real
    entry.seconds = figures["seconds"]?.real
    entry.updated = figures["updated"]?.real ?? 0
    entry.digest = figures["digest"]?.text
    for (key, value) in zip(settingKeys, row[(6 + RunEntry.figures.count - 1)...]) {
      if let text = value.settingText { entry.settings[key] = text }
    }
    return entry
  }

  // MARK: asking

  /// Which runs, in which order.
  public struct Query: Sendable {
    public var filter: RunFilter
    /// A key, with a minus sign before it for descending order. Runs without a value come last.
    public var sort: String
    public var limit: Int
    public var offset: Int

    public init(_ filter: RunFilter = RunFilter(), sort: String = "-updated", limit: Int = .max, offset: Int = 0) {
      self.filter = filter
      self.sort = sort
      self.limit = limit
      self.offset = offset
    }
  }

  /// - Throws: `Problem.usage` if there is nothing of that name to sort by.
  public func runs(_ query: Query = Query()) throws -> [RunEntry] {
    let key = query.sort.hasPrefix("-") ? String(query.sort.dropFirst()) : query.sort
    guard Self.keys.contains(key) else {
      throw Problem.usage(
        "There is nothing named '\(key)' to sort by.", remedy: Suggestion.sentence(for: key, among: Self.keys))
    }
    let (condition, values) = Self.condition(query.filter), column = Self.quoted(key)
    let order = "\(column) IS NULL, \(column) \(query.sort.hasPrefix("-") ? "DESC" : "ASC"), name"
    return try lock.withLock {
      try database.query(
        "SELECT * FROM runs WHERE \(condition) ORDER BY \(order) LIMIT ? OFFSET ?",
        values + [.integer(Int64(clamping: query.limit)), .integer(Int64(query.offset))]
      ).map(Self.entry)
    }
  }

  public func count(_ filter: RunFilter = RunFilter()) throws -> Int {
    let (condition, values) = Self.condition(filter)
    return try lock.withLock {
      try database.query("SELECT count(*) FROM runs WHERE \(condition)", values).first?[0].integer.map { Int($0) } ?? 0
    }
  }

  /// The run of a name, or of the one name that begins so.
  /// - Throws: `Problem.missingInput` if there is none, or several.
  public func run(named name: String) throws -> RunEntry {
    let prefix = name.hasSuffix("/") ? String(name.dropLast()) : name
    let last = prefix.split(separator: "/").last.map(String.init) ?? prefix
    let found = try lock.withLock {
      try database.query(
        "SELECT * FROM runs WHERE name = ? OR substr(name, 1, ?) = ? OR substr(name, instr(name, '-') + 1, ?) = ? LIMIT 6",
        [.text(last), .integer(Int64(last.count)), .text(last), .integer(Int64(last.count)), .text(last)]
      ).map(Self.entry)
    }
    if let exact = found.first(where: { $0.name == last }) { return exact }
    if found.count == 1 { return found[0] }
    throw Problem.missingInput(
      found.isEmpty
        ? "There is no run '\(name)' in \(store.path)."
        : "'\(name)' begins several runs: \(found.map(\.name).joined(separator: ", ")).",
      remedy: "See the names with tombola runs list.")
  }

  private static func condition(_ filter: RunFilter) -> (String, [SQLValue]) {
    let parts = filter.conditions.map(\.sql)
    return (parts.isEmpty ? "1" : parts.map(\.text).joined(separator: " AND "), parts.flatMap(\.values))
  }
}
