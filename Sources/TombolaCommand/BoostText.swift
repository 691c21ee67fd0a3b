import Basics
import Foundation
import Pages

extension BoostResult {
  /// What `boost` prints.
  func text(folder: String) -> String {
    """
    \(settings["model"] ?? "") on \(settings["data"] ?? ""): validation accuracy in % by steps\
    \(seeds.count > 1 ? ", means ± half of the 95 % interval over \(seeds.count) seeds" : ", one seed")

    \(early.text)

    after the last step, and seconds; the target is what the best dense network (\(bestDense)) reaches
    \(reached.text)

    \(phases.text)
    distance: |dense - sparse| / |dense| after each epoch at the rate of the mask phase

    \(verdict.joined(separator: "\n"))
    result: \(folder)/result.json
    report: \(folder)/report.html
    """
  }

  private var early: TextTable {
    let steps = arms[0].early.map(\.step)
    var table = TextTable(header: ["network", "density"] + steps.map { "at \($0)" } + ["area"])
    for arm in arms {
      let values = steps.map { step in Self.cell(arm.early.first { $0.step == step }?.accuracy) }
      table.rows.append([arm.name, String(format: "%.1f %%", 100 * arm.density)] + values + [Self.cell(arm.area)])
    }
    return table
  }

  private var reached: TextTable {
    let isRobust = arms.contains { $0.pgdAccuracy != nil }
    var table = TextTable(
      header: ["network", "valid %", "test %"] + (isRobust ? ["FGSM %", "PGD %"] : [])
        + ["epochs to target", "mask", "training", "attacks in it", "evaluation", "to target"])
    for arm in arms {
      var row = [arm.name, Self.cell(arm.validationAccuracy), Self.cell(arm.testAccuracy)]
      if isRobust { row += [Self.cell(arm.fgsmAccuracy), Self.cell(arm.pgdAccuracy)] }
      row.append(arm.epochsToTarget.map { String(format: "%.1f", $0.mean) } ?? "-")
      row += [arm.maskSeconds, arm.trainingSeconds, arm.attackSeconds, arm.evaluationSeconds].map(Self.seconds)
      row.append(arm.secondsToTarget.map(Self.seconds) ?? "-")
      table.rows.append(row)
    }
    return table
  }

  private var phases: TextTable {
    var table = TextTable(header: [
      "mask", "rate", "objective", "R_0.1", "distance", "in the mask", "training", "attacks in it",
    ])
    for mask in masks {
      func path(_ values: [Interval]) -> String {
        values.map { String(format: "%.3f", $0.mean) }.joined(separator: " ")
      }
      table.rows.append([
        mask.name, "\(mask.learningRate)", mask.objective, String(format: "%.3f", mask.correlation.mean),
        path(mask.distance), path(mask.maskedDistance), Self.seconds(mask.seconds), Self.seconds(mask.attackSeconds),
      ])
    }
    return table
  }

  private static func seconds(_ value: Double) -> String { String(format: "%.1f", value) }

  private static func cell(_ interval: Interval?) -> String {
    guard let interval else { return "-" }
    let mean = String(format: "%.2f", 100 * interval.mean)
    return interval.values.count == 1 ? mean : mean + String(format: " ± %.2f", 50 * (interval.high - interval.low))
  }
}
