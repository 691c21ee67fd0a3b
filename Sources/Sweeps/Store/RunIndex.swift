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
  private var table: IndexTable
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

  /// Raised when what a row is made of changes.
  private static let version = "3"
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
    if rebuilding { IndexTable.delete(Self.file(store)) }
    do {
      table = try IndexTable(Self.file(store), version: Self.version)
      try refreshHoldingTurn()
      if rebuilding { lastRefresh.rebuilt = "asked for" }
    } catch let problem as Problem where problem.kind == .badData {
      table = try Self.newTable(store)
      try refreshHoldingTurn()
      lastRefresh.rebuilt = problem.problem
    }
  }

  private static func file(_ store: URL) -> URL { store.appendingPathComponent(".index.sqlite") }

  private static func newTable(_ store: URL) throws -> IndexTable {
    IndexTable.delete(file(store))
    return try IndexTable(file(store), version: version)
  }

  /// What the table answers; one that turns out to be damaged is made anew, and asked again.
  private func answer<Answer>(_ ask: (IndexTable) throws -> Answer) throws -> Answer {
    try lock.withLock {
      do { return try ask(table) } catch let problem as Problem where problem.kind == .badData {
        let turn = try Self.turn(store)
        defer { withExtendedLifetime(turn) {} }
        table = try Self.newTable(store)
        try refreshHoldingTurn()
        lastRefresh.rebuilt = problem.problem
        return try ask(table)
      }
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

  // MARK: keys

  /// Figures and settings have columns of their own, by what kind they are and their key.
  private enum Mark {
    static let figure = "figure ", setting = "setting "
  }

  /// What a key means: a fact, a figure, or a setting of the same name.
  private static func columns(_ key: String) -> [String] {
    if RunEntry.facts.contains(key) { return [key] }
    return RunEntry.usualFigures.contains(key) ? [Mark.figure + key] : [Mark.figure + key, Mark.setting + key]
  }

  private func found(_ mark: String, besides known: [String]) -> [String] {
    let known = Set(known)
    return lock.withLock { table.columns }.filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
      .filter { !known.contains($0) }
  }

  /// Settings of all experiments and whatever else a run has, in the order of the experiments.
  package var settingKeys: [String] {
    let known = ExperimentCatalog.settingKeys
    return known + found(Mark.setting, besides: known)
  }

  /// Everything that can be filtered and sorted by; of figures the usual ones, and those that a run has.
  package var keys: [String] {
    let usual = RunEntry.usualFigures
    var seen: Set<String> = []
    return (RunEntry.facts + usual + found(Mark.figure, besides: usual) + settingKeys).filter {
      seen.insert($0).inserted
    }
  }

  /// Figures that tables show in percent or points.
  package var percentages: Set<String> {
    let settings = Set(ExperimentCatalog.settingKeys).subtracting(RunEntry.usualFigures)
    return Set(keys.filter { MetricCatalog.metric($0).isShare && !settings.contains($0) })
  }

  /// Conditions as someone writes them who reads a table.
  package func filter(_ texts: [String]) throws -> RunFilter {
    try RunFilter(texts, keys: keys, inPercent: percentages)
  }

  // MARK: refreshing

  private static func isRun(_ name: String) -> Bool {
    !name.hasPrefix("dense-") && !name.hasPrefix("study-")
  }

  private func refreshHoldingTurn() throws {
    let now = Int64(Date().timeIntervalSince1970 * 1e9)
    let folders = FolderListing.folders(in: store, where: Self.isRun)
    var known = try table.stamps()
    let changed = folders.filter { known[$0.name] != $0.changed }
    for folder in folders { known[folder.name] = nil }
    let entries = Self.read(changed, in: store)
    let gone = Array(known.keys) + zip(changed, entries).filter { $0.1 == nil }.map(\.0.name)
    let rows = zip(changed, entries).compactMap { folder, entry in
      entry.map { Self.row($0, stamp: now - folder.changed < Self.settling ? 0 : folder.changed) }
    }
    lastRefresh = Refresh(runs: folders.count, read: rows.count, removed: known.count)
    if !rows.isEmpty || !gone.isEmpty { try table.replace(rows, removing: gone) }
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

  private static func row(_ entry: RunEntry, stamp: Int64) -> IndexTable.Row {
    var values: [String: SQLValue] = [
      "seedList": .text(entry.seeds.map(String.init).joined(separator: " ")), "reproduce": .text(entry.reproduce),
      "command": .text(entry.command), "status": .text(entry.status.rawValue),
      "seeds": .integer(Int64(entry.seeds.count)), "updated": .real(entry.updated),
    ]
    values["problem"] = entry.problem.map { .text($0) }
    values["dataDigest"] = entry.dataDigest.map { .text($0) }
    values["seconds"] = entry.seconds.map { .real($0) }
    values["digest"] = entry.digest.map { .text($0) }
    for (key, value) in entry.figures { values[Mark.figure + key] = .real(value) }
    for (key, text) in entry.settings { values[Mark.setting + key] = .number(text) }
    return IndexTable.Row(name: entry.name, stamp: stamp, values: values)
  }

  private static func entry(_ row: IndexTable.Row) -> RunEntry {
    let values = row.values
    /// A table can be damaged like any other file.
    func number(_ column: String, _ range: ClosedRange<Double>) -> Double? {
      values[column]?.real.flatMap { range.contains($0) ? $0 : nil }
    }
    var entry = RunEntry(name: row.name, updated: number("updated", StoredRange.time) ?? 0)
    entry.seeds = (values["seedList"]?.text ?? "").split(separator: " ").compactMap { UInt64($0) }
    entry.problem = values["problem"]?.text
    entry.reproduce = values["reproduce"]?.text ?? ""
    entry.dataDigest = values["dataDigest"]?.text
    entry.command = values["command"]?.text ?? ""
    entry.status = values["status"]?.text.flatMap(RunEntry.Status.init) ?? .damaged
    entry.seconds = number("seconds", StoredRange.seconds)
    entry.digest = values["digest"]?.text
    for (column, value) in values {
      if column.hasPrefix(Mark.figure) {
        entry.figures[String(column.dropFirst(Mark.figure.count))] = number(column, StoredRange.other)
      } else if column.hasPrefix(Mark.setting), let text = value.settingText {
        entry.settings[String(column.dropFirst(Mark.setting.count))] = text
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
    return try answer {
      try $0.rows(
        Self.conditions(query.filter), sortedBy: Self.columns(key), descending: query.sort.hasPrefix("-"),
        limit: query.limit, offset: query.offset
      ).map(Self.entry)
    }
  }

  package func count(_ filter: RunFilter = RunFilter()) throws -> Int {
    try answer { try $0.count(Self.conditions(filter)) }
  }

  private static func conditions(_ filter: RunFilter) -> [IndexTable.Condition] {
    filter.conditions.map { $0.indexed(columns($0.key)) }
  }

  /// The run of a name, or of the one name that begins so.
  /// - Throws: `Problem.missingInput` if there is none, or several.
  package func run(named name: String) throws -> RunEntry {
    let prefix = name.hasSuffix("/") ? String(name.dropLast()) : name
    let last = prefix.split(separator: "/").last.map(String.init) ?? prefix
    let found = try answer { try $0.rows(beginning: last, limit: 6).map(Self.entry) }
    if let exact = found.first(where: { $0.name == last }) { return exact }
    if found.count == 1 { return found[0] }
    throw Problem.missingInput(
      found.isEmpty
        ? "There is no run '\(name)' in \(store.path)."
        : "'\(name)' begins several runs: \(found.map(\.name).joined(separator: ", ")).",
      remedy: "See the names with tombola runs list.")
  }
}
