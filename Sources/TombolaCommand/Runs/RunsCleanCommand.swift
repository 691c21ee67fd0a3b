import ArgumentParser
import Basics
import Foundation
import Sweeps

struct RunsCleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean", abstract: "Find what can be deleted, and delete it with --yes.",
    discussion: """
      Without options: temporary files of killed processes, and checkpoints of trainings that are done. Folders in which a \
      process works are left alone.
      """)

  @OptionGroup var filters: FilterArguments
  @OptionGroup var place: StoreOption
  @Flag(help: "Also the runs of which no seed is done.") var begun = false
  @Flag(help: "Also dense trainings that runs share; another arm would train them again.") var shared = false
  @Flag(help: "The runs themselves, with all their results; needs conditions.") var runs = false
  @Flag(help: "Delete, instead of only saying what.") var yes = false

  func run() throws {
    guard !runs || !filters.filters.isEmpty else {
      throw Problem.usage(
        "--runs without conditions would delete every run.", remedy: "Say which: tombola runs clean --runs lr=0.5")
    }
    let index = try place.index(), found = try index.runs(RunIndex.Query(try filters.filter(index), sort: "name"))
    var cleaner = RunCleaner(store: place.store)
    cleaner.takesBegun = begun
    cleaner.takesShared = shared
    cleaner.takesRuns = runs
    let items = cleaner.items(among: found)
    for item in items { Terminal.print("\(item.reason): \(item.path) (\(item.bytes) bytes)") }
    let bytes = items.reduce(0) { $0 + $1.bytes }
    if !yes {
      let remedy = items.isEmpty ? "" : "; delete them with --yes"
      return Terminal.print("\(items.count) items, \(bytes) bytes\(remedy)")
    }
    let deleted = cleaner.delete(items)
    Terminal.print("deleted \(deleted) of \(items.count) items, \(bytes) bytes")
  }
}
