import Networks

/// Every layer ends at the same density; the counts add up to round(f * N) exactly, by largest remainders, ties to the
/// earlier layer.
public struct UniformAllocation: Allocation {
  public static let name = "uniform"
  public static let summary = "the same density in every layer"

  public init() {}

  public func quota(_ request: AllocationRequest) -> Quota {
    let entries = request.entries, keep = request.remaining - request.removed
    let total = entries.reduce(0) { $0 + $1.count }
    let shares = entries.map { Double(keep) * Double($0.count) / Double(max(1, total)) }
    var counts = zip(entries, shares).map { min(request.mask.remaining(in: $0), Int($1)) }
    var missing = keep - counts.reduce(0, +)
    let order = entries.indices.sorted { (shares[$1].remainder, $0) < (shares[$0].remainder, $1) }
    while missing > 0 {
      let before = missing
      for i in order where missing > 0 && counts[i] < request.mask.remaining(in: entries[i]) {
        counts[i] += 1
        missing -= 1
      }
      if missing == before { break }
    }
    return .each(zip(entries, counts).map { ($0, request.mask.remaining(in: $0) - $1) })
  }
}

extension Double {
  /// The part behind the point.
  fileprivate var remainder: Double { self - rounded(.down) }
}
