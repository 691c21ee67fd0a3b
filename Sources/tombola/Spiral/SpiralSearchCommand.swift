import ArgumentParser
import Foundation
import Foundations
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
  @OptionGroup var plan: SpiralPlanOptions
  @OptionGroup var options: SpiralOptions
  @OptionGroup var threading: ThreadOption

  func run() throws {
    let study = try options.study()
    var plan = try self.plan.plan(SpiralCombination.search)
    plan.parametersBelow = parametersBelow ?? .max
    plan.mostMaskWeights = maskWeights ?? .max
    plan.masksPerCount = masksPerCount ?? .max
    switch phase {
    case 1:
      if self.plan.count { return Terminal.print("\(plan.structureCount()) runs") }
      try self.plan.carryOut(plan.structures(), of: study, threads: threading.threads)
    case 2:
      let structure = try chosenStructure(study)
      if self.plan.count { return Terminal.print("\(plan.maskCount(structure)) runs within \(structure)") }
      try self.plan.carryOut(plan.masks(structure), of: study, threads: threading.threads)
    default: throw Problem.usage("There is no phase \(phase).", remedy: "Choose 1 or 2.")
    }
    Terminal.print(SpiralTable(try study.records(), targets: [target, 0.995]).text)
  }

  private func chosenStructure(_ study: SpiralStudy) throws -> SpiralStructure {
    if let structure {
      guard let named = SpiralStructure(structure) else {
        throw Problem.usage("--structure \(structure) cannot be read.", remedy: "Give units from 1 to 16: 3,3,3.")
      }
      return named
    }
    let summary = SpiralSummary(try study.records(where: "kind = 'dense'"))
    guard let found = summary.smallestStructure(reaching: target), let structure = SpiralStructure(found.structure)
    else {
      throw Problem.missingInput(
        "No structure in the table reaches \(target).", remedy: "Finish phase 1, or name one with --structure.")
    }
    Terminal.note("smallest structure that reaches \(target): \(structure) with \(structure.weights) weights")
    return structure
  }
}
