import Basics
public import Database
public import Foundation

/// A spiral study on disk: `OUT/spiral-DIGEST`, named by the settings that differ from their defaults, with one table of
/// runs, or one for every shard that worked on it.
public struct SpiralStudy: Sendable {
  public let settings: SpiralSettings
  public let folder: URL

  public init(settings: SpiralSettings, output: URL) {
    self.settings = settings
    folder = output.appendingPathComponent("spiral-" + Digest.sha256(settings.canonicalText).prefix(12))
  }

  /// Does those of the runs that are not in the study yet.
  ///
  /// - Parameters:
  ///   - shard: Name of the table that rows go to; runs that other tables have are not done again.
  ///   - budget: No more runs than this.
  /// - Throws: `Problem`; what was done before is kept.
  @discardableResult
  public func run(
    _ runs: [SpiralRun], trainer: SpiralTrainer, threads: Int, budget: Int = .max, shard: String = "runs",
    command: String, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws -> Sweep<SpiralRecord>.Session {
    precondition(trainer.settings == settings, "a trainer of another study")
    let table = try RunTable<SpiralRecord>(folder: folder, name: shard, writes: true)
    try AtomicFile.write(
      settings.assignments.map { "\($0.key)=\($0.value)\n" }.joined(), to: folder.appendingPathComponent("settings.txt")
    )
    var sweep = Sweep(table: table, threads: threads)
    sweep.budget = budget
    sweep.progress = progress
    let others = try tables(except: table.url).reduce(into: Set<String>()) { $0.formUnion(try $1.names()) }
    let missing = others.isEmpty ? runs : runs.filter { !others.contains($0.name) }
    return try sweep.run(missing, name: \.name, command: command) { try trainer.train($0) }
  }

  /// The tables of the study, those of shards among them.
  public func tables(except own: URL? = nil) throws -> [RunTable<SpiralRecord>] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return try names.filter { $0.hasSuffix(".sqlite") }.sorted()
      .filter { folder.appendingPathComponent($0).lastPathComponent != own?.lastPathComponent }
      .map { try RunTable(folder: folder, name: String($0.dropLast(7)), writes: false) }
  }

  /// All records that fulfil an SQL condition, by name.
  /// - Throws: `Problem.missingInput` if there is no study.
  public func records(where condition: String = "1") throws -> [SpiralRecord] {
    let tables = try tables()
    guard !tables.isEmpty else {
      throw Problem.missingInput(
        "There is no spiral study of these settings in \(folder.deletingLastPathComponent().path).",
        remedy: "Start one with 'tombola spiral search', or choose its folder with --out.")
    }
    if tables.count == 1 { return try tables[0].records(where: condition) }
    var byName: [String: SpiralRecord] = [:]
    for table in tables { for record in try table.records(where: condition) { byName[record.run] = record } }
    return byName.values.sorted { $0.run < $1.run }
  }
}
