import Networks

/// One threshold for all layers (Frankle & Carbin 2019, section 4): round(f * N) of the N survivors go.
public struct GlobalAllocation: Allocation {
  public static let name = "global"
  public static let summary = "one threshold over all layers"

  public init() {}

  public func quota(_ request: AllocationRequest) -> Quota { .together(request.removed, request.entries) }
}
