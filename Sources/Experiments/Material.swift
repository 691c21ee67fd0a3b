public import Basics
public import Datasets
import Foundation
public import Networks
public import Tickets
public import Training

/// What an experiment holds in memory while its units run.
public protocol ExperimentMaterial: Sendable {
  /// What the record says about the data.
  var dataset: DatasetSummary? { get }
  /// The dense network of which steps are timed to tell how long units will take; `nil` where that says nothing.
  var timed: TrainingMaterial? { get }
  /// What a network reaches that has learned nothing; `nil` where that says nothing.
  var guess: GuessingShare? { get }
  /// What is hardly meant in the settings, one sentence each, for the end of the verdict.
  var notes: [String] { get }
  /// The version of the rule that drew the training samples, where it is not the first; see `RunIdentity.draws`.
  var draws: Int? { get }
  /// What is said of the data before anything is trained.
  var announcement: [String] { get }
}

extension ExperimentMaterial {
  public var timed: TrainingMaterial? { nil }
  public var guess: GuessingShare? { nil }
  public var notes: [String] { [] }
  public var draws: Int? { nil }
  public var announcement: [String] { timed.map { $0.data.announcement(dataset, $0.settings.recipe) } ?? [] }
}

/// Data and a network, and what an experiment adds to them.
public protocol ExtendedMaterial: ExperimentMaterial {
  var training: TrainingMaterial { get }
}

extension ExtendedMaterial {
  public var dataset: DatasetSummary? { training.dataset }
  public var timed: TrainingMaterial? { training }
  public var guess: GuessingShare? { training.guess }
  public var notes: [String] { training.notes }
  public var draws: Int? { training.draws }
}

/// Data and a network.
public struct TrainingMaterial: ExperimentMaterial {
  public let settings: SearchSettings
  public let data: TrainingData
  public let architecture: Architecture
  public let dataset: DatasetSummary?
  public let guess: GuessingShare?
  public let notes: [String]
  public let draws: Int?
  public var timed: TrainingMaterial? { self }

  /// Loads the data and builds the network, refusing what cannot work before anything is trained.
  ///
  /// - Parameters:
  ///   - architecture: The network of a ticket, which needs no building.
  ///   - digest: What the record says instead of the data's own digest, which takes a moment to compute.
  public init(
    _ settings: SearchSettings, _ locator: DataLocator, architecture: Architecture? = nil, digest: String? = nil
  ) throws {
    self.settings = settings
    (data, self.architecture) = try settings.prepare(locator, architecture: architecture)
    try settings.checkTraining(data, self.architecture)
    notes = settings.notes(data, self.architecture)
    let digest =
      digest ?? locator.remembered("digest \(settings.dataIdentity)") { [data] in data.dataset.digest }
    dataset = data.summary(digest)
    guess = GuessingShare(labels: data.dataset.test.labels)
    let isSmall = settings.trainingSamples < SampleDraw.enoughPerClass * data.dataset.classCount
    draws = settings.trainingSamples > 0 && isSmall ? 2 : nil
  }
}
