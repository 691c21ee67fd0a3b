import Analysis
package import Basics
public import Experiments
import Networks
public import Pages
import Tickets
import Training

/// What `tombola train` prints.
public struct TrialFinding: Codable, Equatable, Sendable {
  package struct Arm: Codable, Equatable, Sendable {
    package var name: String
    package var density, testAccuracy, validationAccuracy, earlyStopTestAccuracy, seconds: Double
    /// Absent in results of older versions.
    package var balancedAccuracy: Double?
    package var earlyStopStep: Int
    /// The step at which training ended, where patience could end it before its time.
    package var trainedSteps: Int?
    package var parametersDigest: String
    package var curve: [CurvePoint]
  }

  package var arms: [Arm]

  public init(_ arms: [Trial.Arm]) {
    self.arms = arms.map { arm in
      let outcome = arm.outcome
      return Arm(
        name: arm.name, density: arm.density, testAccuracy: outcome.last.testAccuracy,
        validationAccuracy: outcome.last.validationAccuracy, earlyStopTestAccuracy: outcome.earlyStop.testAccuracy,
        seconds: outcome.trainingSeconds, balancedAccuracy: outcome.confusion?.balancedAccuracy,
        earlyStopStep: outcome.earlyStop.step,
        trainedSteps: outcome.plannedSteps.map { _ in outcome.last.step },
        parametersDigest: Digest.sha256(outcome.parameters.values), curve: outcome.curve)
    }
  }

  /// What one seed lets be said.
  public static func verdict(_ record: Record<TrialFinding>) -> [String] {
    func accuracy(_ name: String) -> Interval? {
      record.finding.arms.first { $0.name == name }.map { Interval(of: [$0.testAccuracy]) }
    }
    guard let dense = accuracy("dense") else { return [] }
    if let sentence = record.learning(dense)?.sentence() { return [sentence] }
    guard let ticket = accuracy("ticket") else { return [] }
    let claim = TicketClaim(
      ticket: ticket, dense: dense, margin: record.margin,
      controls: ControlCatalog.all.compactMap { control in accuracy(control.name).map { (control, $0) } })
    let density = record.finding.arms.first { $0.name == "ticket" }?.density ?? 1
    return claim.sentences("\(Format.density(density)) of the weights")
  }

  public static func document(_ record: Record<TrialFinding>) -> Document {
    let arms = record.finding.arms, hasPatience = arms.contains { $0.trainedSteps != nil }
    let rows = arms.map { arm in
      Table.Row(
        [
          .text(arm.name), .decimal(100 * arm.density, 2), .decimal(100 * arm.testAccuracy, 2),
          .decimal(arm.balancedAccuracy.map { 100 * $0 }, 2),
          .decimal(100 * arm.validationAccuracy, 2), .count(arm.earlyStopStep),
          .decimal(100 * arm.earlyStopTestAccuracy, 2), .decimal(arm.seconds, 2),
        ] + (hasPatience ? [arm.trainedSteps.map { .count($0) } ?? .missing] : []))
    }
    let table = Table(
      "",
      columns: [.text("Network")]
        + ["Density, %", "Test, %", "Balanced, %", "Validation, %", "Early stop", "Test there, %", "Seconds"].map {
          .number($0)
        }
        + (hasPatience ? [.number("Ended at step")] : []),
      rows: rows)
    return Document(
      title: "\(record["model"]) on \(record.dataset?.name ?? record["data"])",
      subtitle: "\(record["steps"]), one seed",
      verdict: record.verdict,
      sections: [Section("Results", id: "results", isEssential: true, [.table(table)]), record.failed].compactMap { $0 }
    )
  }
}
