import ArgumentParser
import Basics
import Foundation
import Sweeps

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List, show, compare, export and clean up runs.",
    discussion: """
      Run folders are the truth; an index over them is kept up to date by itself. Filters are conditions like \
      model=lenet-300-100 'density<10' 'criterion=snip|magnitude' 'data=cifar*', figures in the unit of the table (percent).
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

extension StoreOption {
  /// The run of a name, of how a name begins, or of a folder's path, with the folder.
  func run(named name: String) throws -> (entry: RunEntry, folder: URL) {
    let url = URL(fileURLWithPath: name).standardizedFileURL
    let date = (try? url.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate
    if let entry = RunEntry(folder: url, updated: date?.timeIntervalSince1970 ?? 0) { return (entry, url) }
    let entry = try index().run(named: name)
    return (entry, store.appendingPathComponent(entry.name))
  }

  /// The sweep of a name or of a folder's path.
  func sweep(named name: String) throws -> SweepFolder {
    let url = URL(fileURLWithPath: name).standardizedFileURL
    let isPath = FileManager.default.fileExists(atPath: url.appendingPathComponent("study.yaml").path)
    return try SweepFolder(
      existing: isPath ? url.lastPathComponent : name, store: isPath ? url.deletingLastPathComponent() : store)
  }
}

struct FilterArguments: ParsableArguments {
  @Argument(help: "Conditions that all must hold: key=value, 'key<number'.") var filters: [String] = []

  /// A percentage below one is more likely a share, so it is said what it is taken for.
  func filter(_ index: RunIndex) throws -> RunFilter {
    let filter = try index.filter(filters), percentages = index.percentages
    for condition in filter.conditions where condition.relation.isOrder && percentages.contains(condition.key) {
      guard let share = Double(condition.values[0]), share > 0, share <= 0.01 else { continue }
      Terminal.note(
        "\(condition.key)\(condition.relation.rawValue)\(100 * share) means \(100 * share) %, as the table shows it.")
    }
    return filter
  }
}

/// Forms of output beside a table.
struct FormOptions: ParsableArguments {
  @Flag(help: "Print JSON instead of a table.") var json = false
  @Flag(help: "Print comma-separated values instead of a table.") var csv = false

  func validate() throws {
    guard !(json && csv) else { throw ValidationError("--json and --csv exclude each other.") }
  }
}
