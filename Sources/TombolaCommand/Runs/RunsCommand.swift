import ArgumentParser
import Basics
import Foundation
import Sweeps

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List, show, compare, export and clean up runs.",
    discussion: """
      Run folders are the truth; an index over them is kept up to date by itself. Filters are conditions like \
      model=lenet-300-100 'density<0.1' 'criterion=snip|magnitude' 'data=cifar*'.
      """,
    subcommands: [
      RunsListCommand.self, RunsShowCommand.self, RunsCompareCommand.self, RunsDiffCommand.self,
      RunsExportCommand.self, RunsCleanCommand.self,
    ])
}

/// Where runs are.
struct StoreOption: ParsableArguments {
  @Option(help: "Folder of run folders.") var out = "runs"

  var store: URL { URL(fileURLWithPath: out) }

  func index(rebuilding: Bool = false) throws -> RunIndex {
    let index = try RunIndex(store, rebuilding: rebuilding)
    if let reason = index.lastRefresh.rebuilt { Terminal.note("The index was made anew: \(reason)") }
    return index
  }
}

struct FilterArguments: ParsableArguments {
  @Argument(help: "Conditions that all must hold: key=value, 'key<number'.") var filters: [String] = []

  func filter(_ index: RunIndex) throws -> RunFilter { try RunFilter(filters, keys: index.keys) }
}

/// Forms of output beside a table.
struct FormOptions: ParsableArguments {
  @Flag(help: "Print JSON instead of a table.") var json = false
  @Flag(help: "Print comma-separated values instead of a table.") var csv = false

  func validate() throws {
    guard !(json && csv) else { throw ValidationError("--json and --csv exclude each other.") }
  }
}
