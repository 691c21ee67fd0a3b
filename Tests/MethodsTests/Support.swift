import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Methods
import Networks
import TestSupport
import Testing
import Tickets

/// Settings on the digits that train in a fraction of a second, with `changes` as key=value.
func smallSettings(_ changes: String...) throws -> SearchSettings {
  var settings = SearchSettings()
  for change in ["data=digits", "model=mlp:24,16", "rounds=3", "steps=2ep", "batch=64"] + changes {
    try settings.apply(change)
  }
  return settings
}

/// Paths of all files below a folder, from it on.
func files(_ folder: URL) throws -> [String] {
  try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted().filter { path in
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: folder.appendingPathComponent(path).path, isDirectory: &isFolder)
    return !isFolder.boolValue
  }
}

/// A search in a folder that must live as long.
func searchRunner(_ settings: SearchSettings, seeds: [UInt64], threads: Int, in scratch: Scratch) -> Runner<Find> {
  Runner(Find(FindSettings(settings), seeds: seeds), threads: threads, output: scratch.url)
}

extension Runner {
  /// The records in a folder of the run: `seed-0`.
  func store(_ path: String) -> StageStore {
    let folder = folder.appendingPathComponent(path)
    return StageStore(folder: folder, journal: Journal(folder.appendingPathComponent("journal.jsonl")))
  }
}

/// What a search leaves behind that must not depend on how it ran.
struct Outcome: Equatable {
  var finding: FindFinding
  var verdict: [String]
  /// Digest of start weights and mask, and of trained weights, by file.
  var tickets: [String: [String]]
  /// The digest of trained weights that each record states, by file.
  var records: [String: String]

  /// Runs the search in the folder, which lives at least as long, and reads what it wrote.
  init(
    _ settings: SearchSettings, in scratch: Scratch, seeds: [UInt64] = [0, 1], threads: Int = 2,
    execution: Execution = .automatic
  ) throws {
    var search = searchRunner(settings, seeds: seeds, threads: threads, in: scratch)
    defer { withExtendedLifetime(scratch) {} }
    search.execution = execution
    let record = try search.run(locator: DataLocator())
    (finding, verdict) = (record.finding, record.verdict)
    finding.ticket?.path = ""
    (tickets, records) = ([:], [:])
    for file in try files(search.folder) {
      let url = search.folder.appendingPathComponent(file)
      if file.hasSuffix(".safetensors") {
        let ticket = try Ticket(contentsOf: url)
        tickets[file] = [ticket.digest, ticket.trained.map { Digest.sha256($0.values) } ?? "none"]
      } else if file.hasPrefix("seed-"), file.contains("/"), file.hasSuffix(".json") {
        let record = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
        records[file] = try #require(record?["parametersDigest"] as? String)
      }
    }
  }
}

/// How often each stage was trained, by the journals below a run folder.
func trainings(in folder: URL) throws -> [String: Int] {
  let journals = try files(folder).filter { $0.hasSuffix("journal.jsonl") }
  let events = try journals.flatMap { try Journal(folder.appendingPathComponent($0)).events().events }
  return events.filter { $0.kind == "trained" }.reduce(into: [:]) { $0[$1.stage, default: 0] += 1 }
}
