public import Basics
public import Networks

/// What a criterion may look at.
public struct ScoringContext: Sendable {
  /// The weights after training, zero where pruned.
  public var trained: Parameters
  /// The weights at initialisation.
  public var initial: Parameters
  /// Weights of the dense network after some steps, as the criterion's needs ask for.
  public var early: [Step: Parameters] = [:]
  public var mask: Mask
  public var seed: UInt64
  /// The round whose mask is being made, from 1.
  public var round: Int
  /// How often the criterion has scored in this round before: a criterion of several passes sees its own mask shrink.
  public var pass = 0
  /// The network with its data; `nil` where only weights are at hand.
  public var probe: GradientProbe?
  /// Where scores and samples are noted, if anywhere.
  public var log: ScoringLog?

  public init(
    trained: Parameters, initial: Parameters, mask: Mask, seed: UInt64, round: Int, probe: GradientProbe? = nil
  ) {
    self.trained = trained
    self.initial = initial
    self.mask = mask
    self.seed = seed
    self.round = round
    self.probe = probe
  }

  /// The weights of a point of training under the present mask.
  public func weights(at time: ScoringTime) -> Parameters {
    switch time {
    case .start: return initial.masked(by: mask)
    case .end: return trained.masked(by: mask)
    case .step(let step):
      guard let early = early[step] else {
        preconditionFailure("no weights after \(step): the criterion's needs say so")
      }
      return early.masked(by: mask)
    }
  }

  /// The network with its data.
  /// - Throws: `Problem.usage` where a criterion is asked without them.
  public func requireProbe() throws -> GradientProbe {
    if var probe {
      probe.log = log
      return probe
    }
    throw Problem.usage("This criterion needs the network's data.", remedy: "Score where the data are loaded.")
  }
}
