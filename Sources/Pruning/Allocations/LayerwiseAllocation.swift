import Networks

/// Every layer loses the same share of its survivors, times its factor (Frankle & Carbin 2019, section 2: the output layer
/// at half the rate).
public struct LayerwiseAllocation: Allocation {
  public static let name = "layerwise"
  public static let summary = "the same share of every layer's survivors, times the layer's factor"

  public init() {}

  public func quota(_ request: AllocationRequest) -> Quota {
    .each(
      request.entries.map { entry in
        let share = min(1, request.fraction * (request.factors[entry.layer] ?? 1))
        return (entry, Int((share * Double(request.mask.remaining(in: entry))).rounded()))
      })
  }
}
