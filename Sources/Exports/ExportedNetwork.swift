public import Basics
import Datasets
public import Networks
public import Tickets
public import Training

/// Which of a ticket's weights are exported.
public enum ExportedWeights: String, CaseIterable, SettingValue {
  case trained, start
}

/// What a form writes: a ticket's network with one set of weights, and how its inputs are made of stored samples.
public struct ExportedNetwork: Sendable {
  public let ticket: Ticket
  public let weights: ExportedWeights
  /// The weights that are written, zero where pruned, running statistics included.
  public let parameters: Parameters
  /// What makes the network's input of a stored value p of each channel: `fma(p, multiplier, shift)`; `nil` if the exported
  /// network takes inputs that are normalised already.
  public let affine: [(multiplier: Float, shift: Float)]?
  /// Whether the data set stores its samples as bytes, 0 to 255.
  public let storesBytes: Bool
  /// Of the outputs, or empty for numbers from 0.
  public let classNames: [String]
  /// What the network was trained on, as `--data` names it.
  public let data: String
  /// The same samples, for forms that measure what they wrote.
  public let samples: TrainingData

  public var architecture: Architecture { ticket.architecture }
  public var mask: Mask { ticket.mask }

  /// - Parameters:
  ///   - samples: The data of the ticket's search, whose normalisation the network was trained with.
  ///   - isNormalised: Whether inputs of the exported network are normalised already.
  /// - Throws: `Problem.badData` if the ticket lacks the weights or does not fit the data.
  public init(
    _ ticket: Ticket, _ weights: ExportedWeights, samples: TrainingData, data: String, isNormalised: Bool
  ) throws {
    let dataset = samples.dataset
    try ticket.checkFits(input: dataset.inputShape, classes: dataset.classCount, data: data)
    (self.ticket, self.weights, self.data) = (ticket, weights, data)
    parameters = try ticket.parameters(weights)
    self.samples = samples
    affine =
      isNormalised
      ? nil : (0..<dataset.inputShape.channels).map { dataset.affine(samples.normalisation, channel: $0) }
    if case .bytes = dataset.train.pixels { storesBytes = true } else { storesBytes = false }
    classNames = dataset.classNames
  }
}

extension Ticket {
  /// - Throws: `Problem.badData` if it lacks those weights.
  package func parameters(_ weights: ExportedWeights) throws -> Parameters {
    guard let parameters = weights == .start ? start : trained else {
      throw Problem.badData(
        "The ticket holds no trained weights.",
        remedy: "Train it first (tombola train TICKET --save FILE), or export its start: --weights start.")
    }
    return parameters
  }
}
