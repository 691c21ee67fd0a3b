package import Basics
import Foundation
import Networks
import Tickets

/// What searches over scores of frozen weights reached, by the share that is kept.
public struct ScoreFinding: Codable, Equatable, Sendable {
  public struct Level: Codable, Equatable, Sendable {
    package var keep: Double
    /// A random mask of the same counts by layer whose weights are trained.
    package var random: Interval
    package var arms: [Arm]
  }

  /// One way of choosing at one share. Accuracies are on the test set.
  public struct Arm: Codable, Equatable, Sendable {
    package var way: String
    package var title: String
    package var accuracy: Interval
    /// The same network before the first step: a random mask on the same weights.
    package var unsearched: Interval
    /// The mask that was found on other weights, and shuffled within its layers on the same weights; nothing trained.
    package var reinit: Interval
    package var shuffled: Interval
    package var curve: [CurvePoint]
    /// Of the first seed.
    package var remaining: Int
    package var layers: [LayerShare]
    /// Whether the network computes after the search, bit for bit, with what the seed's weights give under its mask.
    package var isUnmoved: Bool
    /// SHA-256 of all frozen weights, by seed.
    package var frozenDigests: [String]
    /// Of the first seed's binary file, if the way has one.
    package var storage: Storage?
  }

  /// What a binary ticket takes, in bytes.
  public struct Storage: Codable, Equatable, Sendable {
    package var fileBytes: Int
    /// The mask's arithmetic code, and the sum over layers of N H(k / N) bits for k of N weights kept.
    package var maskBytes: Int
    package var entropyBytes: Double
    /// Of the dense network's weights in single precision.
    package var denseBytes: Int

    init(_ ticket: Ticket, file: URL) throws {
      let storage = ticket.maskStorage
      (maskBytes, entropyBytes) = (storage.maskBytes, storage.entropyBytes)
      fileBytes = try Problem.content(of: file).count
      denseBytes = 4 * ticket.mask.layout.count
    }
  }

  public struct LayerShare: Codable, Equatable, Sendable {
    package var layer: String
    package var weights: Int
    package var kept: Interval
    /// Mean size of the kept weights as the network computes with them.
    package var gain: Interval
  }

  /// The dense network with its weights trained.
  package var dense: Interval
  /// From many kept weights to few.
  package var levels: [Level]

  /// The level at which the way that is asked about reaches most on the validation samples, in the mean over the seeds.
  package var best: (level: Level, arm: Arm)? {
    levels.compactMap { level in level.arms.first.map { (level, $0) } }
      .max { $0.arm.curve.last?.validationAccuracy ?? 0 < $1.arm.curve.last?.validationAccuracy ?? 0 }
  }
}
