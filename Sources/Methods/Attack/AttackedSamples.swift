import Attacks

/// What attacks did to every sample, as a table of text: what `tombola attack --per-sample` writes.
public struct AttackedSamples: Sendable {
  private let header: [String]
  private var rows: [[String]]

  /// - Parameter labels: One a sample of the outcome.
  init(_ outcome: RobustTest.Outcome, labels: [Int32]) {
    let names = outcome.results.flatMap { [$0.name, "\($0.name) distance"] }
    header = ["index", "label", "clean"] + names + ["proven"]
    rows = outcome.clean.indices.map { i in
      let attacked = outcome.attacked.flatMap { found in
        // A sample that was wrong before, or stays right, has no perturbation that fools the network.
        let isFooled = outcome.clean[i].isRight && !found[i].isRight
        return ["\(found[i].prediction)", isFooled ? "\(found[i].distance)" : ""]
      }
      return ["\(outcome.places[i])", "\(labels[i])", "\(outcome.clean[i].prediction)"] + attacked + [""]
    }
  }

  /// Notes for which samples bounds were computed, and whether they prove these right.
  mutating func note(_ proven: [Bool], at places: [Int32]) {
    let found = Dictionary(uniqueKeysWithValues: zip(places.map { "\($0)" }, proven))
    for i in rows.indices {
      if let isProven = found[rows[i][0]] { rows[i][header.count - 1] = isProven ? "1" : "0" }
    }
  }

  /// With commas between columns and a line for each sample.
  public var csv: String { ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined() }
}
