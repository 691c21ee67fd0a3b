import Analysis
import Basics
import Foundation

/// What the numbers of a search say, in sentences.
///
/// Choices rest on the validation split; the test set only measures what was chosen.
enum SearchVerdict {
  /// The sparsest round whose mean validation accuracy, over the seeds, loses no more than `tolerance` against the dense
  /// network (Frankle et al. 2020 call a sub-network matching within 0.2 points).
  static func chosenRound(dense: ArmResult, rounds: [RoundResult], tolerance: Double) -> Int? {
    rounds.last { round in
      round.ticket.validationAccuracy.difference(to: dense.validationAccuracy).mean >= -tolerance
    }?.round
  }

  static func sentences(dense: ArmResult, rounds: [RoundResult], chosen: Int?, tolerance: Double) -> [String] {
    guard let chosen, let round = rounds.first(where: { $0.round == chosen }) else {
      return [
        "No ticket: at every density the validation accuracy falls short of the dense network's by more than \(points(tolerance)) points."
      ]
    }
    var lines = [
      "The sparsest matching ticket keeps \(percent(round.density)) % of the weights (\(round.remaining), round \(round.round)): test accuracy \(percent(round.ticket.testAccuracy.mean)) % against \(percent(dense.testAccuracy.mean)) % dense, \(lead(round.ticket, dense))."
    ]
    let controls = [
      ("freshly drawn weights in the same mask", round.reinit), ("a shuffled mask", round.shuffled),
      ("a random mask with fresh weights", round.random),
    ]
    for (name, arm) in controls {
      guard let arm else { continue }
      lines.append("Against \(name) (\(percent(arm.testAccuracy.mean)) %): \(lead(round.ticket, arm)).")
    }
    lines.append(conclusion(round, seeds: dense.testAccuracy.values.count))
    return lines
  }

  private static func conclusion(_ round: RoundResult, seeds: Int) -> String {
    guard let reinit = round.reinit else {
      return "Whether it is a winning ticket cannot be said without the re-initialised control."
    }
    let difference = round.ticket.testAccuracy.difference(to: reinit.testAccuracy)
    if seeds == 1 {
      return "One seed gives no interval: run several (--seeds 3) before calling it a winning ticket."
    }
    if difference.low > 0 {
      return
        "It is a winning ticket: what it reaches depends on its initial weights, beyond the interval over \(seeds) seeds."
    }
    return
      "At this density its initial weights make no difference beyond the interval over \(seeds) seeds: the mask alone does as well."
  }

  private static func lead(_ a: ArmResult, _ b: ArmResult) -> String {
    let d = a.testAccuracy.difference(to: b.testAccuracy)
    let mean = "\(signed(d.mean)) points"
    return d.values.count > 1 ? "\(mean) (95 % interval \(signed(d.low)) to \(signed(d.high)), paired by seed)" : mean
  }

  private static func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
  private static func points(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
  private static func signed(_ share: Double) -> String { String(format: "%+.2f", 100 * share) }
}
