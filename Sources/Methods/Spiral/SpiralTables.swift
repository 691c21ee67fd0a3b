import Basics
public import Database
public import Experiments
package import Foundation
package import Tickets

extension RunTable: RecordStore {}

/// The runs of a spiral study in its folder: a table, or one for every shard that worked on it, beside `settings.txt`.
package struct SpiralTables: Sendable {
  package typealias Table = RunTable<SpiralRecord>
  package let folder: URL

  package init(_ folder: URL) { self.folder = folder }

  /// Names of the tables.
  package var names: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".sqlite") }.map { String($0.dropLast(7)) }.sorted()
  }

  package func tables() throws -> [Table] { try names.map { try RunTable(folder: folder, name: $0, writes: false) } }

  /// All records, or those of a kind, by name.
  /// - Throws: `Problem.missingInput` if there is no table.
  package func records(_ kind: String? = nil) throws -> [SpiralRecord] {
    let tables = try tables()
    guard !tables.isEmpty else {
      throw Problem.missingInput(
        "There is no spiral study of these settings in \(folder.deletingLastPathComponent().path).",
        remedy: "Start one with 'tombola spiral search', or choose its folder with --out.")
    }
    func records(_ table: Table) throws -> [SpiralRecord] {
      try kind.map { try table.records(of: "kind", being: .text($0)) } ?? table.records()
    }
    if tables.count == 1 { return try records(tables[0]) }
    var byName: [String: SpiralRecord] = [:]
    for table in tables { for record in try records(table) { byName[record.run] = record } }
    return byName.values.sorted { $0.run < $1.run }
  }

  /// Does those of the runs that no table has yet.
  ///
  /// - Parameters:
  ///   - name: Of the table that rows go to.
  ///   - budget: No more runs than this.
  /// - Returns: How many were done.
  /// - Throws: `Problem`; what was done before is kept.
  @discardableResult
  package func train(
    _ runs: [SpiralRun], by trainer: SpiralTrainer, into name: String = "runs", threads: Int, budget: Int? = nil,
    command: String, progress: WorkProgress = WorkProgress(expected: 0)
  ) throws -> Int {
    let table = try Table(folder: folder, name: name, writes: true)
    try AtomicFile.write(trainer.settings.lines, to: folder.appendingPathComponent("settings.txt"))
    let others = try tables().filter { $0.name != name }.reduce(into: Set<String>()) { $0.formUnion(try $1.names()) }
    var work = TableRun(table: table, threads: threads)
    work.budget = budget ?? .max
    return try work.run(
      runs.filter { !others.contains($0.name) }, name: \.name, command: command, progress: progress,
      body: { try trainer.train($0) })
  }

  /// Makes a descent, whose runs are kept as all others, so that it can be stopped and goes on where it was.
  package func descend(
    _ descent: SpiralDescent, by trainer: SpiralTrainer, into name: String = "runs", threads: Int, command: String,
    progress: WorkProgress = WorkProgress(expected: 0)
  ) throws -> SpiralDescent.Result {
    var known = (try? descended()) ?? [:]
    return try descent.search { runs in
      let missing = runs.filter { known[$0.name] == nil }
      if !missing.isEmpty {
        try train(missing, by: trainer, into: name, threads: threads, command: command, progress: progress)
        known = try descended()
      }
      return known
    }
  }

  /// The records of descents, by name.
  package func descended() throws -> [String: SpiralRecord] {
    Dictionary(try records(SpiralRun.descentKind).map { ($0.run, $0) }) { first, _ in first }
  }
}
