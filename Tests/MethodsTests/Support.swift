import Basics
import Foundation
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
  try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
}

/// How often each stage was trained, by the journals below a run folder.
func trainings(in folder: URL) throws -> [String: Int] {
  let journals = try files(folder).filter { $0.hasSuffix("journal.jsonl") }
  let events = try journals.flatMap { try Journal(folder.appendingPathComponent($0)).events().events }
  return events.filter { $0.kind == "trained" }.reduce(into: [:]) { $0[$1.stage, default: 0] += 1 }
}
