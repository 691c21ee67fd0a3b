import ArgumentParser
import Basics
import Foundation
import Pages
import Report
import Tickets

struct BoostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boost",
    abstract: "Find a boosting ticket: a mask from training at a small rate, whose ticket learns fast from the start.",
    discussion: """
      Trains beside it a winning ticket (mask from the large rate), fresh weights, a shuffled mask, and dense networks at \
      several rates. Starting the same command again goes on where it stopped.
      """)

  @Option(help: "Data set.") var data: String?
  @Option(help: "Network, such as conv-s.") var model: String?
  @Option(help: "Share of the weights that goes.") var prune: String?
  @Option(help: "Small rate of the mask phase.") var maskLr: String?
  @Option(help: "Large rate, after the warm-up.") var lr: String?
  @Option(help: "Steps in which the rate rises: 10ep.") var warmup: String?
  @Option(help: "Training of the mask phase: natural, fgsm, pgd:10.") var maskObjective: String?
  @Option(help: "Training of ticket and dense networks: natural, fgsm, pgd:10, trades:6, free:4.") var objective:
    String?
  @Option(help: "Radius of attacks: 0.1, 8/255.") var epsilon: String?
  @Option(help: "Length of dense training: 20ep.") var steps: String?
  @Option(help: "Rates of the dense baseline, with commas.") var rates: String?
  @Option(
    name: .customLong("set"), parsing: .upToNextOption, help: "Any settings: key=value ... (tombola boost --list).")
  var assignments: [String] = []
  @Flag(help: "Print all settings with their defaults.") var list = false
  @Option(help: "How many seeds: 0, 1, 2, ...") var seeds = 1
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Option(help: "Folder for run folders.") var out = "runs"
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func validate() throws {
    guard (1...10_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 10000.") }
  }

  func run() throws {
    if list {
      let defaults = Dictionary(uniqueKeysWithValues: BoostSettings().assignments.map { ($0.key, $0.value) })
      Terminal.print(
        BoostSettings.fields.map { "\($0.key)  \($0.summary) [\(defaults[$0.key]!)]" }.joined(separator: "\n"))
      return
    }
    let settings = try settings()
    var search = BoostSearch(
      settings: settings, seeds: (0..<UInt64(seeds)).map { $0 }, threads: threading.threads,
      output: URL(fileURLWithPath: out))
    let changes = settings.canonicalText.split(separator: "\n").map { " '\($0)'" }.joined()
    search.reproduce = "tombola boost\(changes.isEmpty ? "" : " --set\(changes)") --seeds \(seeds)"
    var line: ProgressLine?
    defer { line?.stop() }
    let result = try search.run(locator: places.locator) { line = ProgressLine($0) }
    line?.stop()
    line = nil
    let page = BoostReport(result, chartScript: ChartLibrary.locate()).html()
    try AtomicFile.write(page, to: search.folder.appendingPathComponent("report.html"))
    if json { try Terminal.json(result) } else { Terminal.print(result.text(folder: search.folder.path)) }
  }

  private func settings() throws -> BoostSettings {
    var settings = BoostSettings()
    let options = [
      ("data", data), ("model", model), ("prune", prune), ("mask-lr", maskLr), ("lr", lr), ("warmup", warmup),
      ("mask-objective", maskObjective), ("objective", objective), ("epsilon", epsilon), ("steps", steps),
      ("rates", rates),
    ]
    for case (let key, let value?) in options { try settings.set(key, to: value) }
    for assignment in assignments { try settings.apply(assignment) }
    return settings
  }
}
