import ArgumentParser
import Basics
import Foundation
import Tickets

struct FindCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Search for winning tickets, beside their controls.",
    discussion: """
      Ends with a table and a report. Starting the same command again skips what is done and goes on with what is not; \
      more --seeds run only what is new.
      """)

  @OptionGroup var options: SearchOptions
  @Option(help: "How many seeds: 0, 1, 2, ...") var seeds = 1
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Option(help: "Folder for run folders.") var out = "runs"
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func validate() throws {
    guard (1...10_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 10000.") }
  }

  func run() throws {
    let settings = try options.settings()
    _ = try SearchSession(
      settings: settings, seeds: seeds, threads: threading.threads, out: out, locator: places.locator, json: json
    ).run()
  }
}
