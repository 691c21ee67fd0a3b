public import Networks

/// A run between two steps, as a value: training from it gives the same bits as never having stopped.
public struct TrainingState: Equatable, Sendable {
  public var parameters: Parameters
  public var moment1: Parameters
  public var moment2: Parameters
  public var iteration: Int
  public var updates: Int
  /// The mask, where it is another than that of the start.
  public var mask: Mask?
  /// The perturbed pixels that the next step of free adversarial training starts from, [sample][pixel]; else empty.
  public var pixels: [Float] = []
}

extension Plan {
  /// What the next step depends on, where every step updates.
  func state(iteration: Int) -> TrainingState {
    let moments = moments
    return TrainingState(
      parameters: parameters, moment1: moments.first, moment2: moments.second, iteration: iteration, updates: iteration)
  }

  /// Takes a state's numbers; its mask and its pixels are others' business.
  func resume(_ state: TrainingState) -> AdamCorrections {
    parameters = state.parameters
    moments = (state.moment1, state.moment2)
    return AdamCorrections(after: state.updates)
  }
}
