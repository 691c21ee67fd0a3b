public import Networks

/// Moves the mask of a network while it trains.
public protocol MaskRule: Sendable {
  /// The mask of the next step; `nil` leaves it as it is.
  ///
  /// Called before every step; the answer may depend on nothing but the run's weights, mask and step, so that a run that was
  /// stopped goes on as if it had not been.
  func mask(for run: Run) -> Mask?
}
