import ArgumentParser
import Basics
import Database
import Foundation
import Pages
import Studies

struct SpiralSearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Train all structures (phase 1), or all masks within one (phase 2).",
    discussion: """
      Phase 2 takes the smallest structure of phase 1 that reaches the target, unless --structure names one. A run that \
      the table has is not done again.
      """)

  @Option(help: "1: all structures of up to 16 units a layer; 2: all masks within one.") var phase = 1
  @Option(help: "Accuracy that phase 1's choice has to reach.") var target = 0.95
  @Option(help: "Units of the hidden layers for phase 2: 3,3,3.") var structure: String?
  @Option(help: "Phase 1: structures with fewer parameters than this, biases among them.") var parametersBelow: Int?
  @Option(help: "Phase 2: masks with at most this many weights in the first three layers.") var maskWeights: Int?
  @Option(help: "Phase 2: of the second layer's masks with equal weights, the first so many.") var masksPerCount: Int?
  @Option(help: "enumerate: all of the phase; descent: starts by successive halving, then one weight less at a time.")
  var algorithm = "enumerate"
  @Option(help: "Descent: initial networks that are tried.") var starts = 100
  @Option(help: "Descent: networks that each number of weights passes on.") var beam = 20
  @OptionGroup var plan: SpiralPlanOptions
  @OptionGroup var options: SpiralOptions
  @OptionGroup var threading: ThreadOption

  func run() throws {
    let study = try options.study()
    var plan = try self.plan.plan(SpiralCombination.search)
    plan.parametersBelow = parametersBelow ?? .max
    plan.mostMaskWeights = maskWeights ?? .max
    plan.masksPerCount = masksPerCount ?? .max
    guard ["enumerate", "descent"].contains(algorithm) else {
      throw Problem.usage(
        "There is no search '\(algorithm)'.",
        remedy: Suggestion.sentence(for: algorithm, among: ["enumerate", "descent"]))
    }
    if algorithm == "descent" { return try descend(study, plan.combinations) }
    switch phase {
    case 1:
      if self.plan.count { return Terminal.print("\(plan.structureCount()) runs") }
      if let parts = self.plan.slurm { return Terminal.print(try self.plan.slurmScript(parts: parts)) }
      try self.plan.carryOut(plan.structures(), of: study, threads: threading.threads)
    case 2:
      let structure = try chosenStructure(study)
      if self.plan.count { return Terminal.print("\(plan.maskCount(structure)) runs within \(structure)") }
      if let parts = self.plan.slurm { return Terminal.print(try self.plan.slurmScript(parts: parts)) }
      try self.plan.carryOut(plan.masks(structure), of: study, threads: threading.threads)
    default: throw Problem.usage("There is no phase \(phase).", remedy: "Choose 1 or 2.")
    }
    Terminal.print(SpiralTable(try study.records(), targets: [target, 0.995]).text)
  }

  private func descend(_ study: SpiralStudy, _ combinations: [SpiralCombination]) throws {
    guard (1...1_000_000).contains(starts), (1...10_000).contains(beam) else {
      throw Problem.usage("--starts \(starts) and --beam \(beam) are out of range.", remedy: "Give at least 1 of each.")
    }
    var descent = SpiralDescent(structure: try chosenStructure(study), target: target)
    (descent.combinations, descent.starts, descent.beam) = (combinations, starts, beam)
    let command = "tombola " + CommandLine.arguments.dropFirst().joined(separator: " ")
    let result = try study.search(
      descent, trainer: SpiralTrainer(study.settings), threads: threading.threads, command: command)
    var table = TextTable(header: ["weights", "best %", "run"])
    for level in result.levels {
      table.rows.append(["\(level.weights)", String(format: "%.2f", 100 * level.accuracy), level.run])
    }
    Terminal.print(
      """
      \(table.text)

      sparsest at \(String(format: "%g %%", 100 * target)): \(result.best.map { "\($0.weights) weights, \($0.run)" } ?? "none")
      cost: \(String(format: "%.0f", result.cost)) whole trainings, \(result.whole) of them to the end
      """)
  }

  private func chosenStructure(_ study: SpiralStudy) throws -> SpiralStructure {
    if let structure {
      guard let named = SpiralStructure(structure) else {
        throw Problem.usage("--structure \(structure) cannot be read.", remedy: "Give units from 1 to 16: 3,3,3.")
      }
      return named
    }
    let records = (try? study.records(where: "kind = 'dense'")) ?? [], summary = SpiralSummary(records)
    guard let found = summary.smallestStructure(reaching: target), let structure = SpiralStructure(found.structure)
    else {
      throw Problem.missingInput(
        "No structure in the table reaches \(target).", remedy: "Finish phase 1, or name one with --structure.")
    }
    Terminal.note("smallest structure that reaches \(target): \(structure) with \(structure.weights) weights")
    return structure
  }
}
