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
  /// The version of the rule that drew the training samples, where it is not the first; see `RunIdentity.draws`.
  var draws: Int? { get }
}

extension ExperimentMaterial {
  public var draws: Int? { nil }
}

/// Data and a network.
public struct TrainingMaterial: ExperimentMaterial {
  public let data: TrainingData
  public let architecture: Architecture
  public let dataset: DatasetSummary?
  public let draws: Int?

  /// Loads the data and builds the network, refusing what cannot work before anything is trained.
  ///
  /// - Parameters:
  ///   - architecture: The network of a ticket, which needs no building.
  ///   - digest: What the record says instead of the data's own digest, which takes a moment to compute.
  public init(
    _ settings: SearchSettings, _ locator: DataLocator, architecture: Architecture? = nil, digest: String? = nil
  ) throws {
    (data, self.architecture) = try settings.prepare(locator, architecture: architecture)
    dataset = data.summary(digest ?? data.dataset.digest)
    let isSmall = settings.trainingSamples < SampleDraw.enoughPerClass * data.dataset.classCount
    draws = settings.trainingSamples > 0 && isSmall ? 2 : nil
  }
}
