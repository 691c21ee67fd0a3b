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

  func filter() throws -> RunFilter { try RunFilter(filters, keys: RunIndex.keys) }
}

/// Forms of output beside a table.
struct FormOptions: ParsableArguments {
  @Flag(help: "Print JSON instead of a table.") var json = false
  @Flag(help: "Print comma-separated values instead of a table.") var csv = false

  func validate() throws {
    guard !(json && csv) else { throw ValidationError("--json and --csv exclude each other.") }
  }
}

/// Figures of runs as tables print them.
enum Figure {
  static func percent(_ share: Double?) -> String { share.map { String(format: "%.2f", 100 * $0) } ?? "-" }
  static func points(_ share: Double?) -> String { share.map { String(format: "%+.2f", 100 * $0) } ?? "-" }
  static func date(_ seconds: Double) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm"
    return formatter.string(from: Date(timeIntervalSince1970: seconds))
  }

  /// `88.12 ± 0.21`
  static func interval(_ interval: Interval?) -> String {
    guard let interval else { return "-" }
    let mean = String(format: "%.2f", 100 * interval.mean)
    return interval.values.count == 1 ? mean : mean + String(format: " ± %.2f", 50 * (interval.high - interval.low))
  }

  /// `+0.42 (-0.10 to +0.94)`
  static func difference(_ interval: Interval?) -> String {
    guard let interval else { return "-" }
    let mean = String(format: "%+.2f", 100 * interval.mean)
    return interval.values.count == 1
      ? mean : mean + String(format: " (%+.2f to %+.2f)", 100 * interval.low, 100 * interval.high)
  }
}
