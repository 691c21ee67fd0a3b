public import Basics

/// The result of a comparison of criteria.
public struct CriteriaFinding: Codable, Equatable, Sendable {
  /// What one criterion reached at one density.
  package struct Cell: Codable, Equatable, Sendable {
    package var criterion: String
    /// The density that was asked for.
    package var density: Double
    /// Surviving prunable weights, equal for all seeds.
    package var remaining: Int
    package var testAccuracy: Interval
    package var validationAccuracy: Interval
    /// Test accuracy with each layer's mask in random order.
    package var shuffled: Interval?
    /// The layers of the first seed's mask.
    package var layers: [LayerCount]
    /// Survivors on a path from an input to an output, in the first seed's mask.
    package var effective: Int
    /// In how many seeds each layer lost all its weights; only layers that did.
    package var emptied: [String: Int]
  }

  /// What a data factor adds to a static factor: test accuracy with it less test accuracy without, paired by seed.
  package struct Effect: Codable, Equatable, Sendable {
    /// The static factor: `magnitude`.
    package var factor: String
    /// The data factor: `fisher@init`.
    package var data: String
    package var density: Double
    package var difference: Interval
    /// Probability of a difference as far from 0, two-sided, after Holm's correction over all effects; 1 with one seed.
    package var chance: Double

    /// At the 5 % level.
    package var isBeyondChance: Bool { chance < 0.05 }
  }

  /// How alike two criteria's masks are: surviving prunable weights in both over those in either, mean over seeds.
  package struct Overlap: Codable, Equatable, Sendable {
    package var first: String
    package var second: String
    package var density: Double
    package var jaccard: Double
  }

  package var criteria: [String]
  package var densities: [Double]
  /// The dense network's test accuracy.
  package var dense: Interval
  /// Criterion by criterion, in each by density.
  package var cells: [Cell]
  package var effects: [Effect]
  package var overlaps: [Overlap]
  /// One sentence each: emptied layers, weights on no path, networks at chance.
  package var warnings: [String] = []

  package func cell(_ criterion: String, _ density: Double) -> Cell? {
    cells.first { $0.criterion == criterion && $0.density == density }
  }

  /// The criterion of highest mean validation accuracy at a density.
  package func best(_ density: Double) -> Cell? {
    cells.filter { $0.density == density }.max { $0.validationAccuracy.mean < $1.validationAccuracy.mean }
  }
}

extension CriteriaFinding: Sound {
  /// Differences are of the same seeds, and all masks have the same layers.
  public var isSound: Bool {
    cells.flatMap { [$0.testAccuracy, $0.validationAccuracy] + [$0.shuffled].compactMap { $0 } }.arePaired
      && Set(cells.map { $0.layers.map(\.name) }).count <= 1
  }
}
