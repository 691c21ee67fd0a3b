import Networks

/// The loss on the samples as they are.
public struct NaturalTraining: TrainingObjective {
  public static let name = "natural"
  public static let summary = "the samples as they are"
  public static let paper: String? = nil
  public var isAdversarial: Bool { false }

  public init?(argument: String?) { if argument != nil { return nil } }
  init() {}

  public func emitGradients(_ calls: StepCalls) {
    calls.loadBatch()
    calls.forwardWithLoss()
    calls.emit.backward()
  }
}

extension Objective {
  public static let natural = Objective(NaturalTraining())
}
