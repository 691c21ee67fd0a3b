import Basics
import Database
import Experiments
package import Foundation

/// A table over the run folders of a store, so that tens of thousands can be searched at once.
///
/// The folders are the truth: whatever the table lacks or has from before a change is read again when it is opened, and a
/// table that is missing, damaged, or of another version is made anew. It is `@unchecked Sendable` because a lock guards
/// the connection.
package final class RunIndex: @unchecked Sendable {
  /// The folder of run folders.
  package let store: URL
  private var database: SQLiteDatabase
  private var columns: [Column] = []
  private let lock = NSLock()

  /// What opening has done.
  package struct Refresh: Equatable, Sendable {
    package var runs = 0
    package var read = 0
    package var removed = 0
    /// Whether the table was made anew, and why.
    package var rebuilt: String?
  }

  package private(set) var lastRefresh = Refresh()

  private static let fileName = ".index.sqlite"
  /// Raised when what a row is made of changes.
  private static let version = 2
  /// A folder that changed this recently may change again within a tick of the file system's clock: it is read next time
  /// as well.
  private static let settling: Int64 = 2_000_000_000

  /// Opens the table of a store, and brings it up to date.
  ///
  /// - Parameter rebuilding: Whether to make the table anew whatever it holds.
  /// - Throws: `Problem.missingInput` if there is no store, `Problem.cannotWrite`.
  package init(_ store: URL, rebuilding: Bool = false) throws {
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
  package func refresh() throws {
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

  /// What every row has; `row` and `entry` go by this order.
  private static let fixed = [
    "name", "stamp", "seedList", "problem", "reproduce", "dataDigest", "command", "status", "seeds", "seconds",
    "updated",
    "digest",
  ]
  private static let schema =
    "CREATE TABLE runs (name TEXT PRIMARY KEY, \(fixed.dropFirst().joined(separator: ", "))) WITHOUT ROWID"

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

  /// Figures and settings have columns of their own, which come as runs have them.
  private enum Column: Hashable {
    case figure(String), setting(String)

    private static let marks = (figure: "figure ", setting: "setting ")
    /// SQLite takes 2000; what a folder made by others has beyond that cannot be searched.
    static let most = 1500

    init?(_ name: String) {
      if name.hasPrefix(Self.marks.figure) {
        self = .figure(String(name.dropFirst(Self.marks.figure.count)))
      } else if name.hasPrefix(Self.marks.setting) {
        self = .setting(String(name.dropFirst(Self.marks.setting.count)))
      } else {
        return nil
      }
    }

    var key: String {
      switch self {
      case .figure(let key), .setting(let key): key
      }
    }
    private var name: String {
      switch self {
      case .figure(let key): Self.marks.figure + key
      case .setting(let key): Self.marks.setting + key
      }
    }
    /// SQLite takes names that differ in case alone for one.
    var place: String { name.lowercased() }
    var quoted: String { RunIndex.quoted(name) }

    func value(of entry: RunEntry) -> SQLValue {
      switch self {
      case .figure(let key): entry.figures[key].map { .real($0) } ?? .null
      case .setting(let key): entry.settings[key].map { .number($0) } ?? .null
      }
    }

    static func all(of entry: RunEntry) -> [Column] {
      entry.figures.keys.sorted().map { .figure($0) } + entry.settings.keys.sorted().map { .setting($0) }
    }
  }

  private static func columns(_ database: SQLiteDatabase) throws -> [Column] {
    try database.query("SELECT name FROM pragma_table_info('runs') ORDER BY cid").compactMap { row in
      row[0].text.flatMap { Column($0) }
    }
  }

  private static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }

  /// What a key means: a fact, a figure, or a setting of the same name.
  private func expression(_ key: String) -> String {
    if RunEntry.facts.contains(key) { return Self.quoted(key) }
    let found = columns.filter { $0.key == key }.map(\.quoted)
    return found.count > 1 ? "coalesce(\(found.joined(separator: ", ")))" : found.first ?? "NULL"
  }

  /// Settings of all experiments and whatever else a run has, in the order of the experiments.
  package var settingKeys: [String] {
    let known = ExperimentCatalog.settingKeys, all = Set(known)
    let others = lock.withLock { columns }.compactMap {
      if case .setting(let key) = $0, !all.contains(key) { key } else { nil }
    }
    return known + others
  }

  /// Figures that a run has, the usual ones first.
  package var figureKeys: [String] {
    let usual = MetricCatalog.figures.map(\.key)
    let others = lock.withLock { columns }.compactMap {
      if case .figure(let key) = $0, !usual.contains(key) { key } else { nil }
    }
    return usual + others
  }

  /// Everything that can be filtered and sorted by.
  package var keys: [String] {
    var seen: Set<String> = []
    return (RunEntry.facts + figureKeys + settingKeys).filter { seen.insert($0).inserted }
  }

  // MARK: refreshing

  private static func isRun(_ name: String) -> Bool {
    !name.hasPrefix("dense-") && !name.hasPrefix("study-")
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
    let gone = Array(known.keys) + zip(changed, entries).filter { $0.1 == nil }.map(\.0.name)
    let found = zip(changed, entries).compactMap { folder, entry in
      entry.map { (entry: $0, stamp: now - folder.changed < Self.settling ? 0 : folder.changed) }
    }
    lastRefresh = Refresh(runs: folders.count, read: found.count, removed: known.count)
    columns = try Self.columns(database)
    guard !found.isEmpty || !gone.isEmpty else { return }
    try database.transaction {
      try addColumns(of: found.map(\.entry))
      let rows = found.map { row($0.entry, stamp: $0.stamp) }
      let places = [String](repeating: "?", count: Self.fixed.count + columns.count).joined(separator: ", ")
      try database.repeatedly("INSERT OR REPLACE INTO runs (\(columnList)) VALUES (\(places))", rows: rows)
      try database.repeatedly("DELETE FROM runs WHERE name = ?", rows: gone.map { [.text($0)] })
    }
  }

  private func addColumns(of entries: [RunEntry]) throws {
    var places = Set(columns.map(\.place))
    for column in entries.flatMap(Column.all) where columns.count < Column.most {
      guard places.insert(column.place).inserted else { continue }
      try database.execute("ALTER TABLE runs ADD COLUMN \(column.quoted)")
      columns.append(column)
    }
  }

  private var columnList: String { (Self.fixed.map(Self.quoted) + columns.map(\.quoted)).joined(separator: ", ") }

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

  private func row(_ entry: RunEntry, stamp: Int64) -> [SQLValue] {
    func text(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
    let own: [SQLValue] = [
      .text(entry.name), .integer(stamp), .text(entry.seeds.map(String.init).joined(separator: " ")),
      text(entry.problem), .text(entry.reproduce), text(entry.dataDigest), .text(entry.command),
      .text(entry.status.rawValue), .integer(Int64(entry.seeds.count)), entry.seconds.map { .real($0) } ?? .null,
      .real(entry.updated), text(entry.digest),
    ]
    return own + columns.map { $0.value(of: entry) }
  }

  private func entry(_ row: [SQLValue]) -> RunEntry {
    var entry = RunEntry(name: row[0].text ?? "", updated: row[10].real ?? 0)
    entry.seeds = (row[2].text ?? "").split(separator: " ").compactMap { UInt64($0) }
    entry.problem = row[3].text
    entry.reproduce = row[4].text ?? ""
    entry.dataDigest = row[5].text
    entry.command = row[6].text ?? ""
    entry.status = row[7].text.flatMap(RunEntry.Status.init) ?? .damaged
    entry.seconds = row[9].real
    entry.digest = row[11].text
    for (column, value) in zip(columns, row[Self.fixed.count...]) {
      switch column {
      case .figure(let key): entry.figures[key] = value.real
      case .setting(let key): entry.settings[key] = value.settingText
      }
    }
    return entry
  }

  // MARK: asking

  /// Which runs, in which order.
  package struct Query: Sendable {
    package var filter: RunFilter
    /// A key, with a minus sign before it for descending order. Runs without a value come last.
    package var sort: String
    package var limit: Int
    package var offset: Int

    package init(_ filter: RunFilter = RunFilter(), sort: String = "-updated", limit: Int = .max, offset: Int = 0) {
      self.filter = filter
      self.sort = sort
      self.limit = limit
      self.offset = offset
    }
  }

  /// - Throws: `Problem.usage` if there is nothing of that name to sort by.
  package func runs(_ query: Query = Query()) throws -> [RunEntry] {
    let key = query.sort.hasPrefix("-") ? String(query.sort.dropFirst()) : query.sort
    let keys = keys
    guard keys.contains(key) else {
      throw Problem.usage(
        "There is nothing named '\(key)' to sort by.", remedy: Suggestion.sentence(for: key, among: keys))
    }
    return try lock.withLock {
      let (condition, values) = condition(query.filter), column = expression(key)
      let order = "\(column) IS NULL, \(column) \(query.sort.hasPrefix("-") ? "DESC" : "ASC"), name"
      return try database.query(
        "SELECT \(columnList) FROM runs WHERE \(condition) ORDER BY \(order) LIMIT ? OFFSET ?",
        values + [.integer(Int64(clamping: query.limit)), .integer(Int64(query.offset))]
      ).map(entry)
    }
  }

  package func count(_ filter: RunFilter = RunFilter()) throws -> Int {
    try lock.withLock {
      let (condition, values) = condition(filter)
      return try database.query("SELECT count(*) FROM runs WHERE \(condition)", values).first?[0].integer.map {
        Int($0)
      } ?? 0
    }
  }

  /// The run of a name, or of the one name that begins so.
  /// - Throws: `Problem.missingInput` if there is none, or several.
  package func run(named name: String) throws -> RunEntry {
    let prefix = name.hasSuffix("/") ? String(name.dropLast()) : name
    let last = prefix.split(separator: "/").last.map(String.init) ?? prefix
    let found = try lock.withLock {
      try database.query(
        "SELECT \(columnList) FROM runs WHERE name = ? OR substr(name, 1, ?) = ? OR substr(name, instr(name, '-') + 1, ?) = ? LIMIT 6",
        [.text(last), .integer(Int64(last.count)), .text(last), .integer(Int64(last.count)), .text(last)]
      ).map(entry)
    }
    if let exact = found.first(where: { $0.name == last }) { return exact }
    if found.count == 1 { return found[0] }
    throw Problem.missingInput(
      found.isEmpty
        ? "There is no run '\(name)' in \(store.path)."
        : "'\(name)' begins several runs: \(found.map(\.name).joined(separator: ", ")).",
      remedy: "See the names with tombola runs list.")
  }

  private func condition(_ filter: RunFilter) -> (String, [SQLValue]) {
    let parts = filter.conditions.map { $0.sql(expression($0.key)) }
    return (parts.isEmpty ? "1" : parts.map(\.text).joined(separator: " AND "), parts.flatMap(\.values))
  }
}
