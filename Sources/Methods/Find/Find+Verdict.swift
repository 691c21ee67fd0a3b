import Analysis
import Basics
public import Experiments
import Foundation
import Tickets

/// What the numbers of a search say, in sentences. Choices rest on the validation split; the test set only measures what
/// was chosen.
extension Find {
  public static func verdict(_ record: Record<FindFinding>) -> [String] {
    let dense = record.finding.dense.testAccuracy
    if let sentence = record.learning(dense)?.sentence() {
      return [
        "\(sentence) No ticket is recommended.",
        "Another learning rate (--lr), longer training (--steps) or other data may help; see the labels first.",
      ]
    }
    guard let round = record.finding.recommended else {
      let tolerance = String(format: "%.1f", 100 * (Double(record["tolerance"]) ?? SearchSettings().tolerance))
      return [
        "No ticket: at every density the validation accuracy falls short of the dense network's by more than \(tolerance) points."
      ]
    }
    let margin = record.margin
    let claim = TicketClaim(
      ticket: round.ticket.testAccuracy, dense: dense, margin: margin,
      controls: ControlCatalog.all.compactMap { control in
        record.finding.arm(control.name, in: round).map { (control, $0.testAccuracy) }
      })
    let weights = String(format: "%.2f", 100 * round.density)
    return claim.sentences("\(weights) % of the weights (\(round.remaining), round \(round.round))")
  }
}
