import Networks

/// Every layer keeps as many weights; one that has fewer stays whole and the others divide the rest.
///
/// Gadhikar, Mukherjee & Burkholz 2023 (arXiv:2210.02412).
public struct BalancedAllocation: Allocation {
  public static let name = "balanced"
  public static let summary = "as many weights in every layer"

  public init() {}

  public func quota(_ request: AllocationRequest) -> Quota {
    request.leaving(
      Apportionment.counts(
        shares: request.entries.map { _ in 1 }, limits: request.entries.map(request.mask.remaining),
        total: request.kept))
  }
}
