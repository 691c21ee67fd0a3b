import Basics
package import Datasets
import Experiments
package import Foundation
package import Pages

/// What a run of any experiment found, read from its folder or put together anew from its records.
package struct RunReport {
  package let document: Document
  /// As `--json` of the experiment's verb prints it.
  package let record: any Encodable

  /// - Parameters:
  ///   - folder: Of the run.
  ///   - locator: Where data are, should the result have to be put together anew.
  /// - Throws: `Problem` saying what to do if there is no result, and none can be made.
  package init(_ entry: RunEntry, in folder: URL, locator: DataLocator) throws {
    guard let type = ExperimentCatalog.find(entry.command) else {
      let known = ExperimentCatalog.all.map { $0.name }.joined(separator: ", ")
      throw Problem.badData(
        "\(entry.name) is a run of '\(entry.command)', which this version does not know.",
        remedy: "It reports runs of \(known).")
    }
    (document, record) = try Self.read(type, entry, folder, locator)
  }

  /// What a folder holds, as it is; `nil` unless it can be read.
  package init?(_ entry: RunEntry, in folder: URL) {
    guard let type = ExperimentCatalog.find(entry.command), let found = Self.stored(type, folder) else { return nil }
    (document, record) = found
  }

  private static func stored<E: Experiment>(_ type: E.Type, _ folder: URL) -> (Document, any Encodable)? {
    guard let record: Record<E.Finding> = StoredJSON.read(folder.appendingPathComponent("result.json")) else {
      return nil
    }
    return (E.report(record), record)
  }

  private static func read<E: Experiment>(
    _ type: E.Type, _ entry: RunEntry, _ folder: URL, _ locator: DataLocator
  ) throws -> (Document, any Encodable) {
    if let found = stored(type, folder) { return found }
    let record = try rebuilt(type, entry, folder, locator)
    return (E.report(record), record)
  }

  /// Puts the seeds that are done together again.
  private static func rebuilt<E: Experiment>(
    _ type: E.Type, _ entry: RunEntry, _ folder: URL, _ locator: DataLocator
  ) throws -> Record<E.Finding> {
    let isThere = FileManager.default.fileExists(atPath: folder.appendingPathComponent("result.json").path)
    let what = isThere ? "The result of \(entry.name) cannot be read" : "\(entry.name) has no result yet"
    let again = entry.reproduce.isEmpty ? "start it again" : entry.reproduce
    let seeds = entry.seeds.isEmpty || entry.status == .failed ? seedFolders(folder) : entry.seeds
    guard !seeds.isEmpty else {
      throw Problem(isThere ? .badData : .missingInput, "\(what).", remedy: "Go on with it: \(again)")
    }
    do {
      var runner = Runner(
        E(try settings(type, entry), seeds: seeds), threads: 1, output: folder.deletingLastPathComponent())
      runner.reproduce = entry.reproduce
      guard runner.folder.lastPathComponent == folder.lastPathComponent else {
        throw Problem.badData("Its settings are those of \(runner.folder.lastPathComponent).", remedy: "")
      }
      return try runner.conclude(try runner.prepared(locator))
    } catch let problem as Problem {
      throw Problem(
        problem.kind, "\(what), and none can be made of its records: \(problem.problem)",
        remedy: "Go on with it: \(again)")
    }
  }

  private static func settings<E: Experiment>(_ type: E.Type, _ entry: RunEntry) throws -> E.Settings {
    let plain = E.Settings().texts, origins = E.Settings.fields.filter { $0.role == .base }.map(\.key)
    var settings = try E.Settings.base(entry.settings.filter { origins.contains($0.key) && plain[$0.key] != $0.value })
    for (key, text) in entry.settings { try settings.set(key, to: text) }
    return settings
  }

  private static func seedFolders(_ folder: URL) -> [UInt64] {
    FolderListing.folders(in: folder) { $0.hasPrefix("seed-") }.compactMap { UInt64($0.name.dropFirst(5)) }.sorted()
  }
}
