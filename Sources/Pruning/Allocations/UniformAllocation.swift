import Networks

/// Every layer ends at the same density; the counts add up to round(f * N) exactly, by largest remainders, ties to the
/// earlier layer.
public struct UniformAllocation: Allocation {
  public static let name = "uniform"
  public static let summary = "the same density in every layer"

  public init() {}

  public func quota(_ request: AllocationRequest) -> Quota {
    request.leaving(
      Apportionment.counts(
        shares: request.entries.map { Double($0.count) }, limits: request.entries.map(request.mask.remaining),
        total: request.kept))
  }
}
