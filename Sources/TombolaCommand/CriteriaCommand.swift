import Analysis
import ArgumentParser
import Basics
import Foundation
import Pages
import Report
import Tickets

struct CriteriaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "criteria",
    abstract: "Compare pruning criteria: a grid of criteria, densities and seeds.",
    discussion: """
      Every static factor of --grid is run with every data factor of --factors (none, or DATA@TIME); --also adds \
      criteria as they are. Each cell is a mask cut from the whole network and trained from the rewind point, with \
      a shuffled control beside it. Starting the same command again goes on with what is not done. Settings as \
      for 'tombola find': --data, --model, --steps, --allocation, --set ...
      """)

  @Option(help: "Static factors, with commas.") var grid = "magnitude-at-init,magnitude,magnitude-increase,movement,one"
  @Option(help: "Data factors, with commas.") var factors = "none,grad@init,mean-abs@end"
  @Option(help: "Other criteria, with commas.") var also = ""
  @Option(help: "Densities, with commas.") var densities = "0.5,0.2,0.1,0.05,0.02"
  @Flag(inversion: .prefixedNo, help: "Train each mask shuffled within its layers as well.") var shuffled = true
  @OptionGroup(visibility: .hidden) var options: SearchOptions
  @Option(help: "How many seeds: 0, 1, 2, ...") var seeds = 1
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Option(help: "Folder for run folders.") var out = "runs"
  @Flag(help: "Print one JSON object instead of the tables.") var json = false

  func validate() throws {
    guard (1...10_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 10000.") }
  }

  func run() throws {
    let settings = try options.settings(), criteria = criteria
    var study = CriteriaStudy(
      settings: settings, criteria: criteria, densities: try parsedDensities(), seeds: (0..<UInt64(seeds)).map { $0 },
      threads: threading.threads, output: URL(fileURLWithPath: out))
    study.hasShuffled = shuffled
    study.reproduce = reproduce(settings, criteria)
    var line: ProgressLine?
    defer { line?.stop() }
    let result = try study.run(locator: places.locator) { line = ProgressLine($0) }
    line?.stop()
    line = nil
    let report = study.folder.appendingPathComponent("report.html")
    try AtomicFile.write(CriteriaReport(result, chartScript: ChartLibrary.locate()).html(), to: report)
    if json { try Terminal.json(result) } else { Terminal.print(CriteriaTable(result, report: report.path).text) }
  }

  /// Static factors with their data factors, then the others, none twice. A factor of 1 alone would keep whatever stands
  /// first, so it is left out.
  private var criteria: [String] {
    let names = words(grid).flatMap { name in
      words(factors).compactMap { $0 == "none" ? (name == "one" ? nil : name) : "\(name):\($0)" }
    }
    var seen: Set<String> = []
    return (names + words(also)).filter { seen.insert($0).inserted }
  }

  private func words(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

  private func parsedDensities() throws -> [Double] {
    try words(densities).map { word in
      guard let density = Double(word) else {
        throw Problem.usage("'\(word)' is no density.", remedy: "Write --densities 0.5,0.2,0.05.")
      }
      return density
    }
  }

  private func reproduce(_ settings: SearchSettings, _ criteria: [String]) -> String {
    let changes = settings.changesAsOptions
    return
      "tombola criteria --grid '' --also '\(criteria.joined(separator: ","))' --densities \(densities)\(shuffled ? "" : " --no-shuffled")\(changes) --seeds \(seeds)"
  }
}

/// The tables that end a study.
struct CriteriaTable {
  let result: CriteriaResult
  let report: String

  init(_ result: CriteriaResult, report: String) {
    self.result = result
    self.report = report
  }

  var text: String {
    let seeds = result.seeds.count
    let spread = seeds > 1 ? ", mean ± half of the 95 % interval over \(seeds) seeds" : ", one seed"
    let caption =
      "\(result.settings["model"] ?? "") on \(result.dataset.name): test accuracy in %\(spread); dense \(Self.cell(result.dense))"
    let parts: [String?] = [
      caption, matrix, effects, shuffled, result.warnings.isEmpty ? nil : result.warnings.joined(separator: "\n"),
      result.verdict.joined(separator: "\n"), closing,
    ]
    return parts.compactMap { $0 }.joined(separator: "\n\n")
  }

  private var header: [String] { result.densities.map { String(format: "%g %%", 100 * $0) } }

  private func table(_ title: String, _ rows: [(String, [String])]) -> String {
    var table = TextTable(header: [title] + header)
    table.rows = rows.map { [$0.0] + $0.1 }
    return table.text
  }

  private var matrix: String {
    table(
      "criterion",
      result.criteria.map { name in
        (name, result.densities.map { result.cell(name, $0).map { Self.cell($0.testAccuracy) } ?? "-" })
      })
  }

  private var effects: String? {
    guard !result.effects.isEmpty else { return nil }
    var names: [String] = []
    for effect in result.effects where !names.contains("\(effect.factor) \(effect.data)") {
      names.append("\(effect.factor) \(effect.data)")
    }
    let rows = names.map { name in
      (
        name,
        result.densities.map { density in
          let effect = result.effects.first { "\($0.factor) \($0.data)" == name && $0.density == density }
          return effect.map { Self.points($0.difference) + ($0.chance < 0.05 ? " *" : "  ") } ?? "-"
        }
      )
    }
    return table("with data - without, points", rows) + "\n* beyond chance at the 5 % level after Holm's correction"
  }

  private var shuffled: String? {
    guard result.cells.contains(where: { $0.shuffled != nil }) else { return nil }
    return table(
      "shuffled - unshuffled, points",
      result.criteria.map { name in
        (
          name,
          result.densities.map { density in
            guard let cell = result.cell(name, density), let shuffled = cell.shuffled else { return "-" }
            return Self.points(shuffled.difference(to: cell.testAccuracy))
          }
        )
      })
  }

  private var closing: String {
    func time(_ phase: String) -> String { Terminal.duration(result.seconds[phase] ?? 0) }
    return """
      time: \(time("total")) in all; core time: dense \(time("dense")), scoring \(time("scoring")), tickets \
      \(time("tickets")), controls \(time("controls")), evaluation \(time("evaluation"))
      memory: \(result.residentBytes >> 20) MiB at most
      report: \(report)
      """
  }

  private static func cell(_ accuracy: Interval) -> String {
    let mean = String(format: "%.2f", 100 * accuracy.mean)
    return accuracy.values.count == 1 ? mean : mean + String(format: " ± %.2f", 50 * (accuracy.high - accuracy.low))
  }

  private static func points(_ difference: Interval) -> String {
    let mean = String(format: "%+.2f", 100 * difference.mean)
    guard difference.values.count > 1 else { return mean }
    return mean + String(format: " ± %.2f", 50 * (difference.high - difference.low))
  }
}
