import Analysis
package import Basics
import Experiments
import Tickets
import Training

/// What networks of one round reach class by class, on the test set after the last step.
package struct ClassFinding: Codable, Equatable, Sendable {
  package struct Arm: Codable, Equatable, Sendable {
    /// The share of every class's samples that are right; `nil` for a class without samples.
    package var classAccuracy: [Interval?]
    /// Which classes are taken for which, added over the seeds.
    package var confusion: Confusion
  }

  package var round: Int
  /// Test samples of every class.
  package var counts: [Int]
  /// `dense`, `ticket`, and the controls by their names.
  package var arms: [String: Arm]
}

extension ClassFinding {
  /// - Returns: `nil` where a record of an older version does not say it.
  init?(_ round: FindFinding.Round, of finding: FindFinding, _ records: Records<some Any>) throws {
    arms = [:]
    for name in Set(finding.arms.keys).union(round.arms.keys) {
      let stage = finding.arms[name] == nil ? Lab.stage(round.round, name == "ticket" ? nil : name) : name
      guard let arm = Arm(try records.records(stage).map(\.confusion)) else { return nil }
      arms[name] = arm
    }
    guard let dense = arms["dense"] else { return nil }
    self.round = round.round
    counts = dense.confusion.samples.map { $0 / records.seeds.count }
  }
}

extension ClassFinding.Arm {
  /// - Parameter confusions: One a seed.
  fileprivate init?(_ confusions: [Confusion?]) {
    let known = confusions.compactMap(\.self)
    guard let first = known.first, known.count == confusions.count else { return nil }
    let shares = known.map(\.accuracies)
    classAccuracy = (0..<first.classes).map { label in
      let values = shares.compactMap { $0[label] }
      return values.isEmpty ? nil : Interval(of: values)
    }
    confusion = known.dropFirst().reduce(first, +)
  }
}

extension ClassFinding: Sound {
  package var isSound: Bool {
    arms["dense"] != nil
      && arms.values.allSatisfy { $0.classAccuracy.count == counts.count && $0.confusion.classes == counts.count }
      && arms.values.flatMap(\.classAccuracy).compactMap(\.self).arePaired
  }
}
