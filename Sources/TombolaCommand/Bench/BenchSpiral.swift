import ArgumentParser
import Basics
import Foundation
import Methods
import Pages
import Training

struct BenchSpiral: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "spiral", abstract: "Time whole runs of a spiral study, dense networks 2-w-w-w-1 on one core.")

  @Option(help: "Units a layer, up to 16, with commas.") var width = "3,4,6,8,12,16"
  @Option(help: "Seconds to measure each width.", transform: Limit.seconds) var seconds = 2.0
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    guard let widths = SettingList<Int>(setting: width)?.values, !widths.isEmpty, widths.allSatisfy((1...16).contains)
    else { throw Problem.usage("--width \(width) cannot be read.", remedy: "Give units from 1 to 16, with commas.") }
    let trainer = try SpiralTrainer(SpiralSettings()), rows = try widths.map { try measure($0, trainer) }
    if json { return try Terminal.json(SpiralBenchResult(rows: rows)) }
    var table = TextTable(header: ["width", "weights", "us a step", "ms a run", "runs a second"])
    for row in rows {
      table.rows.append([
        "\(row.width)", "\(row.weights)", String(format: "%.3f", 1e6 * row.secondsPerStep),
        String(format: "%.2f", 1e3 * row.secondsPerRun), String(format: "%.1f", 1 / row.secondsPerRun),
      ])
    }
    Terminal.print(table.text)
  }

  /// Runs as the study does them: initial weights, 50 epochs, evaluation, record. The first one makes the batches.
  private func measure(_ width: Int, _ trainer: SpiralTrainer) throws -> SpiralBenchResult.Row {
    let structure = SpiralStructure(width, width, width)
    var times: [Double] = [], draw = 0
    _ = try trainer.train(SpiralRun(.dense(structure), SpiralCombination(0.05, .cosine)))
    while times.reduce(0, +) < seconds || times.count < 3 {
      draw += 1
      let run = SpiralRun(.dense(structure), SpiralCombination(0.05, .cosine), draw: draw)
      let start = DispatchTime.now().uptimeNanoseconds
      _ = try trainer.train(run)
      times.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
    }
    times.sort()
    let steps = trainer.settings.steps.iterations(perEpoch: trainer.batches.stepsPerEpoch),
      median = times[times.count / 2]
    return .init(
      width: width, weights: structure.weights, secondsPerStep: median / Double(steps), secondsPerRun: median,
      runs: times.count)
  }
}

/// What `bench spiral` prints.
struct SpiralBenchResult: Encodable {
  struct Row: Encodable {
    var width, weights: Int
    /// Median of the runs; a step's share of a run, initial weights and evaluation among it.
    var secondsPerStep, secondsPerRun: Double
    var runs: Int
  }
  var command = "bench spiral"
  var rows: [Row]
}
