public import Analysis
public import Basics
import Foundation

/// What may be said of a ticket: whether it matches the dense network, whether it leads its controls, and so whether it is a
/// winning ticket. Every verdict on tickets is this one.
///
/// It wins if it matches and leads both its mask with new weights and its shuffled mask, each shown (`Standing`).
public struct TicketClaim: Sendable {
  private let ticket, dense: Interval
  private let measure: String
  public let match: Standing
  private let controls: [(type: any Control.Type, accuracy: Interval)]

  /// Without a lead over each of these no ticket is called winning.
  private static let needed: [any Control.Type] = [Reinitialised.self, ShuffledMask.self]

  /// - Parameters:
  ///   - ticket: Test accuracies of it and of the dense network, one a seed.
  ///   - margin: By which it may be worse and match, as a share.
  ///   - controls: Test accuracies beside them.
  ///   - measure: What they are, where it is not the share of samples that are told right.
  public init(
    ticket: Interval, dense: Interval, margin: Double, controls: [(type: any Control.Type, accuracy: Interval)],
    measure: String = "test accuracy"
  ) {
    (self.ticket, self.dense, self.controls, self.measure) = (ticket, dense, controls, measure)
    match = .match(ticket, dense, margin: margin)
  }

  private func lead(_ control: any Control.Type) -> Standing? {
    controls.first { $0.type == control }.map { .lead(ticket, over: $0.accuracy) }
  }

  public var isWinning: Bool { match.isShown && Self.needed.allSatisfy { lead($0)?.isShown == true } }

  // MARK: words

  /// The match first, then the lead over each control, then what that makes.
  ///
  /// - Parameter name: What the ticket keeps: `16.78 % of the weights (44646, round 8)`.
  public func sentences(_ name: String) -> [String] {
    let leads = controls.map { control, accuracy in
      let lead = Standing.lead(ticket, over: accuracy)
      return "Against \(control.phrase) (\(percent(accuracy)) %): \(lead.text)\(state(lead))."
    }
    return [matching(name)] + leads + [conclusion] + [Self.doubt(seeds: match.seeds)].compactMap { $0 }
  }

  private func matching(_ name: String) -> String {
    let margin = String(format: "%g", -100 * match.threshold)
    let numbers = """
      \(measure) \(percent(ticket)) % against \(percent(dense)) % dense, \(match.text)
      """
    if match.isShown {
      return "The sparsest matching ticket keeps \(name): \(numbers), within the margin of \(margin) points."
    }
    if match.isRefuted {
      return "The ticket that keeps \(name) does not match: \(numbers), beyond the margin of \(margin) points."
    }
    return """
      The ticket that keeps \(name) is not shown to match within \(margin) points: \(numbers); \(match.remedy).
      """
  }

  private func state(_ lead: Standing) -> String {
    if lead.isShown { return "" }
    return lead.isRefuted ? ", it does better than the ticket" : ", no lead is shown; \(lead.remedy)"
  }

  private var conclusion: String {
    let seeds = match.seeds == 1 ? "one seed" : "\(match.seeds) seeds"
    let ahead = controls.filter { Standing.lead(ticket, over: $0.accuracy).isRefuted }.map { $0.type.phrase }
    let more = ahead.isEmpty ? "" : "; but more is reached by \(ahead.joined(separator: ", and by "))"
    if isWinning {
      return """
        It is a winning ticket: it matches the dense network, and leads \
        \(Self.needed.map { $0.phrase }.joined(separator: " and ")), each shown over \(seeds)\(more).
        """
    }
    let open =
      [match.isShown ? nil : "that it matches the dense network"]
      + Self.needed.map { control in
        guard let lead = lead(control) else { return "a lead over \(control.phrase) (that control was not run)" }
        return lead.isShown ? nil : "a lead over \(control.phrase)"
      }
    return """
      It is not shown to be a winning ticket; not shown over \(seeds): \
      \(open.compactMap { $0 }.joined(separator: "; "))\(more).
      """
  }

  /// What to say of few seeds.
  public static func doubt(seeds: Int) -> String? {
    switch seeds {
    case 1: "One seed shows nothing about others: find, boost and certify run several (--seeds 5)."
    case 2: "Two seeds decide little: an interval over two rests on one difference between them. Run five (--seeds 5)."
    default: nil
    }
  }

  private func percent(_ accuracy: Interval) -> String { String(format: "%.2f", 100 * accuracy.mean) }
}
