import Database
import Foundation
import Pages
import Report
import Studies

/// A spiral study as its page shows it; the networks that are drawn are trained again.
struct SpiralPage {
  let study: SpiralStudy
  let summary: SpiralSummary
  let targets: [Double]

  func findings() throws -> SpiralFindings {
    var seconds = 0.0, provenance: [String] = []
    for table in try study.tables() {
      let sessions = try table.sessions()
      seconds += sessions.reduce(0) { $0 + $1.seconds * Double($1.threads) }
      for command in Set(sessions.map(\.command)).sorted() {
        let own = sessions.filter { $0.command == command }
        let time = own.reduce(0) { $0 + $1.seconds }
        provenance.append("\(command)    # \(own.reduce(0) { $0 + $1.runs }) runs, \(Terminal.duration(time))")
      }
      provenance.append("# \(table.url.lastPathComponent): digest \(try table.digest())")
    }
    let arms = [summary.search, summary.descent].compactMap { $0 } + summary.arms
    return SpiralFindings(
      data: study.settings.data, runs: summary.runs, seconds: seconds, targets: targets,
      optimum: targets.map { summary.optimum(reaching: $0)?.weights },
      staircases: arms.map { arm in
        .init(name: arm.name, width: arm.width, steps: arm.steps.map { ($0.weights, $0.best.accuracy) })
      },
      needs: arms.map { arm in
        .init(
          name: arm.name, width: arm.width, runs: arm.runs, best: arm.steps.map(\.best.accuracy).max() ?? 0,
          weights: targets.map { arm.smallest(reaching: $0)?.weights }, effective: arm.meanEffective,
          disconnected: arm.meanDisconnected)
      },
      structures: structures, portraits: try portraits(), provenance: provenance)
  }

  /// Structures that are better than all with fewer weights.
  private var structures: [SpiralFindings.Structure] {
    var highest = -1
    return summary.structures.compactMap { step in
      guard step.best.correct > highest else { return nil }
      highest = step.best.correct
      return .init(
        units: step.best.structure, weights: step.weights, parameters: step.best.parameters,
        accuracy: step.best.accuracy)
    }
  }

  /// The search's sparsest network for every target, and each method's sparsest for the first target, or else its best.
  private var drawn: [SpiralRecord] {
    var records = targets.compactMap { summary.optimum(reaching: $0) }
    if records.isEmpty, let best = summary.search?.steps.max(by: { $0.best.correct < $1.best.correct }) {
      records.append(best.best)
    }
    for method in SpiralMethod.allCases {
      let steps = summary.arms.filter { $0.name == method.rawValue }.flatMap(\.steps).map(\.best)
      let reaching = steps.filter { $0.accuracy >= targets[0] }.min {
        ($0.weights, $1.correct) < ($1.weights, $0.correct)
      }
      if let chosen = reaching ?? steps.max(by: { $0.correct < $1.correct }) { records.append(chosen) }
    }
    return records.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private func portraits() throws -> [SpiralFindings.Portrait] {
    let trainer = try SpiralTrainer(study.settings)
    return try drawn.compactMap { record in
      guard let run = SpiralRun(name: record.run) else { return nil }
      let pictures = SpiralPictures(try trainer.trained(run))
      let title = """
        \(record.run): \(record.weights) weights, \(record.effective) on a path, \
        \(String(format: "%.2f", 100 * record.accuracy)) %
        """
      return SpiralFindings.Portrait(
        title: title, size: pictures.size, panels: pictures.panels.map { .init(label: $0.label, values: $0.values) },
        points: pictures.points)
    }
  }
}
