import Basics
import Networks

/// The same density in every layer, but the network's first convolution stays whole and its last layer keeps at least 20 %
/// (Gale et al. 2019, arXiv:1902.09574).
public struct UniformPlusAllocation: Allocation {
  public static let name = "uniform-plus"
  public static let summary = "uniform, but the first convolution whole and the last layer at least at 20 %"

  public init() {}

  /// - Throws: `Problem.usage` if what is spared is more than what shall be left.
  public func quota(_ request: AllocationRequest) throws -> Quota {
    let layers = request.mask.layout.prunable, first = layers.first { $0.isConvolution }, last = layers.last
    let limits = request.entries.map(request.mask.remaining)
    let floors = zip(request.entries, limits).map { entry, limit in
      entry == first ? limit : entry == last ? min(limit, (entry.count + 4) / 5) : 0
    }
    var counts = floors, raised: Set<Int> = []
    // Raising a layer to its floor lowers the others, which may then fall below theirs.
    while true {
      let others = counts.indices.filter { !raised.contains($0) }
      let spared = raised.reduce(0) { $0 + floors[$1] }
      guard spared <= request.kept else {
        throw Problem.usage(
          "\(Self.name) spares \(spared) weights, more than the \(request.kept) that shall be left.",
          remedy: "Prune less, or use another --allocation.")
      }
      let divided = Apportionment.counts(
        shares: others.map { Double(request.entries[$0].count) }, limits: others.map { limits[$0] },
        total: request.kept - spared)
      let low = zip(others, divided).filter { $1 < floors[$0] }.map(\.0)
      for (i, count) in zip(others, divided) { counts[i] = max(count, floors[i]) }
      if low.isEmpty { break }
      raised.formUnion(low)
    }
    return request.leaving(counts)
  }
}
