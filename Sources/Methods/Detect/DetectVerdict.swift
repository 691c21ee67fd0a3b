import Analysis
import Basics
import Detectors
public import Experiments
import Foundation
import Pages
import Tickets

extension Detect {
  public static func verdict(_ record: Record<DetectFinding>) -> [String] { DetectVerdict(record).sentences }
}

/// What may be said of sparse detectors, task by task.
private struct DetectVerdict {
  private let record: Record<DetectFinding>
  private var finding: DetectFinding { record.finding }

  /// A dense network with less average precision at 0.5 has not learned to detect.
  private static let leastPrecision = 0.2

  init(_ record: Record<DetectFinding>) { self.record = record }

  var sentences: [String] { finding.tasks.flatMap(sentences) }

  private func sentences(_ task: SceneTask) -> [String] {
    guard let dense = finding.dense(task) else { return [] }
    let reached = dense.measures["AP50"]
    guard let reached, reached.mean >= Self.leastPrecision else {
      return [
        "\(task.title): the dense network reaches AP50 \(percent(reached?.mean ?? 0)) %, below the \(percent(Self.leastPrecision)) % from which networks are compared; train longer (--steps) or make scenes easier."
      ]
    }
    return ["\(task.title): the dense network reaches AP \(percent(dense.precision.mean)) %\(larger(dense))."]
      + direct(task, dense) + moved(task) + sizes(task, dense)
  }

  private func larger(_ dense: DetectFinding.Arm) -> String {
    let parts = ["AP50", "AP-small", "AP-medium", "AP-large"].compactMap { name in
      dense.measures[name].map { "\(name) \(percent($0.mean))" }
    }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }

  // MARK: direct tickets

  private func direct(_ task: SceneTask, _ dense: DetectFinding.Arm) -> [String] {
    let arms = finding.arms(task, .direct)
    guard !arms.isEmpty else { return [] }
    let standings = arms.map { Standing.match($0.precision, dense.precision, margin: record.margin) }
    let place = standings.sparsestMatch(tolerance: record.margin) ?? 0
    let arm = arms[place]
    let controls: [(type: any Control.Type, accuracy: Interval)] = finding.controls(of: arm).compactMap { control in
      ControlCatalog.all.first { $0.name == control.control }.map { ($0, control.precision) }
    }
    return TicketClaim(
      ticket: arm.precision, dense: dense.precision, margin: record.margin, controls: controls, measure: "AP"
    ).sentences("\(percent(1 - arm.networkSparsity.mean)) % of the weights") + broken(arms, standings, after: place)
  }

  private func broken(_ arms: [DetectFinding.Arm], _ standings: [Standing], after place: Int) -> [String] {
    zip(arms, standings).dropFirst(place + 1).filter { $1.isRefuted }.prefix(1).map { arm, standing in
      "With \(percent(arm.networkSparsity.mean)) % of the weights gone a direct ticket does not match any more: \(standing.text)."
    }
  }

  // MARK: other ways

  /// At every sparsity that both have, the largest first that tells them apart.
  private func moved(_ task: SceneTask) -> [String] {
    let direct = finding.arms(task, .direct)
    return DetectStrategy.allCases.filter { $0 != .direct }.compactMap { strategy in
      let pairs = finding.arms(task, strategy).compactMap { arm in
        direct.first { $0.sparsity == arm.sparsity }.map { (arm, $0, Standing.lead($0.precision, over: arm.precision)) }
      }
      guard let (arm, own, lead) = pairs.last(where: { $0.2.isShown || $0.2.isRefuted }) ?? pairs.last else {
        return nil
      }
      let word = lead.isShown ? "is ahead of" : lead.isRefuted ? "is behind" : "is not told apart from"
      return """
        At \(Format.significant(100 * own.sparsity)) %, direct pruning (AP \(percent(own.precision.mean)) %; network \
        \(percent(own.networkSparsity.mean)), backbone \(percent(own.backboneSparsity.mean)) % sparse) \(word) \
        \(strategy.title.lowercased()) (AP \(percent(arm.precision.mean)) %; network \(percent(arm.networkSparsity.mean)), \
        backbone \(percent(arm.backboneSparsity.mean)) %): \(lead.text).
        """
    }
  }

  // MARK: sizes

  /// Of the sparsest direct ticket: how much more of its precision small objects lose than large ones.
  private func sizes(_ task: SceneTask, _ dense: DetectFinding.Arm) -> [String] {
    guard let arm = finding.arms(task, .direct).last else { return [] }
    func loss(_ size: String) -> Interval? {
      guard let before = dense.measures[size], let after = arm.measures[size], before.values.allSatisfy({ $0 > 0 })
      else {
        return nil
      }
      return Interval(of: zip(before.values, after.values).map { 1 - $1 / $0 })
    }
    let least = ["AP-small", "AP-medium"].first { dense.measures[$0] != nil }
    guard let least, let small = loss(least), let large = loss("AP-large") else { return [] }
    let more = Standing.lead(small, over: large)
    let state =
      more.isShown ? "" : more.isRefuted ? ", the contrary of the paper's finding" : ", no difference is shown"
    return [
      """
      With \(percent(arm.networkSparsity.mean)) % of the weights gone, \(least == "AP-small" ? "small" : "medium") objects lose \
      \(percent(small.mean)) % of their AP and large ones \(percent(large.mean)) %: \(more.text)\(state).
      """
    ]
  }

  private func percent(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
}
