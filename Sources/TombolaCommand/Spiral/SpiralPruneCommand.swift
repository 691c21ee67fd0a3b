import ArgumentParser
import Basics
import Database
import Foundation
import Pages
import Studies

struct SpiralPruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Prune networks of many widths with nine methods to the sizes that search finds.",
    discussion: "Methods: \(SpiralMethod.allCases.map(\.rawValue).joined(separator: ", ")).")

  @Option(help: "Methods, with commas (default: all).") var method: String?
  @Option(help: "Units a layer, with commas (default: \(SpiralPlan.widths.map(String.init).joined(separator: ","))).")
  var width: String?
  @Option(help: "Weights to keep, with commas (default: 15 to 26, 30 to 65).") var weights: String?
  @OptionGroup var plan: SpiralPlanOptions
  @OptionGroup var options: SpiralOptions
  @OptionGroup var threading: ThreadOption

  func run() throws {
    let study = try options.study(), plan = try self.plan.plan(SpiralCombination.pruning)
    let methods = try method.map {
      try SpiralPlanOptions.list(
        $0, "--method", "some of \(SpiralMethod.allCases.map(\.rawValue).joined(separator: ", "))"
      ) {
        SpiralMethod(rawValue: $0)
      }
    }
    let widths = try width.map { try Self.numbers($0, "--width", 1...4096) }
    let budgets = try weights.map { try Self.numbers($0, "--weights", 1...1_000_000) }
    let runs = plan.pruning(
      methods: methods ?? SpiralMethod.allCases, widths: widths ?? SpiralPlan.widths,
      budgets: budgets ?? SpiralPlan.budgets)
    if self.plan.count { return Terminal.print("\(runs.count) runs") }
    if let parts = self.plan.slurm { return Terminal.print(try self.plan.slurmScript(parts: parts)) }
    try self.plan.carryOut(runs, of: study, threads: threading.threads)
    Terminal.print(SpiralTable(try study.records(), targets: [0.95, 0.995]).text)
  }

  private static func numbers(_ text: String, _ option: String, _ range: ClosedRange<Int>) throws -> [Int] {
    try SpiralPlanOptions.list(text, option, "whole numbers from \(range.lowerBound) to \(range.upperBound)") {
      Int($0).flatMap { range.contains($0) ? $0 : nil }
    }
  }
}
