import Analysis
import Basics
public import Experiments
import Foundation
import Tickets

/// What the numbers of a search say, in sentences. Choices rest on the validation split; the test set only measures what
/// was chosen.
extension Find {
  public static func verdict(_ record: Record<FindFinding>) -> [String] {
    let dense = record.finding.dense
    guard let round = record.finding.recommended else {
      let tolerance = points(Double(record["tolerance"]) ?? SearchSettings().tolerance)
      return [
        "No ticket: at every density the validation accuracy falls short of the dense network's by more than \(tolerance) points."
      ]
    }
    let first = """
      The sparsest matching ticket keeps \(percent(round.density)) % of the weights (\(round.remaining), round \
      \(round.round)): test accuracy \(percent(round.ticket.testAccuracy.mean)) % against \
      \(percent(dense.testAccuracy.mean)) % dense, \(lead(round.ticket, dense)).
      """
    let controls = ControlCatalog.all.compactMap { control in
      record.finding.arm(control.name, in: round).map { (control, $0) }
    }
    let sentences = controls.map { control, arm in
      "Against \(control.phrase) (\(percent(arm.testAccuracy.mean)) %): \(lead(round.ticket, arm))."
    }
    let ahead = controls.filter { round.ticket.testAccuracy.difference(to: $1.testAccuracy).high < 0 }
    return [first] + sentences + [conclusion(round, seeds: dense.testAccuracy.values.count, ahead.map { $0.0.phrase })]
  }

  /// - Parameter ahead: Controls that do better than the ticket beyond the interval.
  private static func conclusion(_ round: FindFinding.Round, seeds: Int, _ ahead: [String]) -> String {
    guard let reinit = round.arms[Reinitialised.name] else {
      return "Whether it is a winning ticket cannot be said without the re-initialised control."
    }
    if seeds == 1 {
      return "One seed gives no interval: run several (--seeds 3) before calling it a winning ticket."
    }
    let isWinning = round.ticket.testAccuracy.difference(to: reinit.testAccuracy).low > 0
    let sentence =
      isWinning
      ? "It is a winning ticket: what it reaches depends on its initial weights, beyond the interval over \(seeds) seeds"
      : """
      At this density its initial weights make no difference beyond the interval over \(seeds) seeds: the mask alone does \
      as well
      """
    return ahead.isEmpty
      ? "\(sentence)." : "\(sentence); but more is reached by \(ahead.joined(separator: ", and by "))."
  }

  private static func lead(_ a: FindFinding.Arm, _ b: FindFinding.Arm) -> String {
    let d = a.testAccuracy.difference(to: b.testAccuracy)
    let mean = "\(signed(d.mean)) points"
    return d.values.count > 1 ? "\(mean) (95 % interval \(signed(d.low)) to \(signed(d.high)), paired by seed)" : mean
  }

  private static func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
  private static func points(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
  private static func signed(_ share: Double) -> String { String(format: "%+.2f", 100 * share) }
}
