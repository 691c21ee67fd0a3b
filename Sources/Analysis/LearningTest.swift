public import Basics
import Foundation

/// Whether networks have learned anything: whether they do better than naming the most frequent class of the test set.
///
/// The exact binomial test of the mean over the seeds on one test set. All seeds see the same samples, so that their hits are
/// not independent of each other; counted as one set of trials the test holds however much alike the networks are.
public struct LearningTest: Equatable, Sendable {
  /// Means over the seeds.
  public let accuracy: Double
  public let guess: GuessingShare
  public let seeds: Int
  /// Of at least as many hits by a network that has the guess's probability of each.
  public let chance: Double

  /// Of a chance that counts as learning.
  public static let level = 0.01

  /// - Parameter accuracies: Test accuracies after the last step as shares, one a seed.
  public init(_ accuracies: [Double], against guess: GuessingShare) {
    precondition(!accuracies.isEmpty && guess.samples > 0, "\(accuracies.count) seeds on \(guess.samples) samples")
    let mean = accuracies.reduce(0, +) / Double(accuracies.count)
    (accuracy, self.guess, seeds) = (mean, guess, accuracies.count)
    let hits = mean.isFinite ? Int((min(max(mean, 0), 1) * Double(guess.samples) + 1e-6).rounded(.down)) : 0
    chance = Binomial.chance(ofAtLeast: hits, of: guess.samples, each: guess.share)
  }

  public var hasLearned: Bool { chance < Self.level }

  /// What to say where it has not: the first sentence of every verdict.
  ///
  /// - Parameter name: The networks: `dense network`.
  public func sentence(of name: String = "dense network") -> String? {
    guard !hasLearned else { return nil }
    let over = seeds == 1 ? "one seed" : "\(seeds) seeds"
    return String(
      format: """
        The %@ did not learn: its test accuracy, %.2f %% over %@, is no better than always naming the most frequent \
        class, %.2f %% of %d test samples (exact binomial test, chance %.2g).
        """, name, 100 * accuracy, over, 100 * guess.share, guess.samples, chance)
  }
}
