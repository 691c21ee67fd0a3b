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
