import ArgumentParser
import Foundation
import Foundations
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

extension BoostResult {
  /// What `boost` prints.
  func text(folder: String) -> String {
    let steps = arms[0].early.map(\.step), isRobust = arms.contains { $0.pgdAccuracy != nil }
    var header = ["network", "density"] + steps.map { "at \($0)" } + ["area", "valid %", "test %"]
    if isRobust { header += ["FGSM %", "PGD %"] }
    var table = TextTable(header: header + ["epochs to target", "train s", "attack s", "eval s"])
    for arm in arms {
      var row = [arm.name, String(format: "%.1f %%", 100 * arm.density)]
      row += steps.map { step in Self.cell(arm.early.first { $0.step == step }?.accuracy) }
      row += [Self.cell(arm.area), Self.cell(arm.validationAccuracy), Self.cell(arm.testAccuracy)]
      if isRobust { row += [Self.cell(arm.fgsmAccuracy), Self.cell(arm.pgdAccuracy)] }
      row.append(arm.epochsToTarget.map { String(format: "%.1f", $0.mean) } ?? "-")
      row += [arm.trainingSeconds, arm.attackSeconds, arm.evaluationSeconds].map { String(format: "%.1f", $0) }
      table.rows.append(row)
    }
    var phases = TextTable(header: [
      "mask", "rate", "objective", "R_0.1", "distance", "in the mask", "seconds", "attack s",
    ])
    for mask in masks {
      func path(_ values: [Interval]) -> String {
        values.map { String(format: "%.3f", $0.mean) }.joined(separator: " ")
      }
      phases.rows.append([
        mask.name, "\(mask.learningRate)", mask.objective, String(format: "%.3f", mask.correlation.mean),
        path(mask.distance), path(mask.maskedDistance), String(format: "%.1f", mask.seconds),
        String(format: "%.1f", mask.attackSeconds),
      ])
    }
    return """
      \(settings["model"] ?? "") on \(settings["data"] ?? ""): validation accuracy in % by steps\
      \(seeds.count > 1 ? ", means ± half of the 95 % interval over \(seeds.count) seeds" : ", one seed")

      \(table.text)

      \(phases.text)
      distance: |dense - sparse| / |dense| after each epoch at the rate of the mask phase

      \(verdict.joined(separator: "\n"))
      result: \(folder)/result.json
      report: \(folder)/report.html
      """
  }

  private static func cell(_ interval: Interval?) -> String {
    guard let interval else { return "-" }
    let mean = String(format: "%.2f", 100 * interval.mean)
    return interval.values.count == 1 ? mean : mean + String(format: " ± %.2f", 50 * (interval.high - interval.low))
  }
}
