import Networks

/// Divides a number of weights among layers in proportion to their shares, none above its limit, the sum exact.
package enum Apportionment {
  /// A layer whose share exceeds its limit is filled up and left out, and the rest divides what is left, until all fit (the
  /// capping loop of Evci et al. 2020, arXiv:1911.11134); fractions are settled by largest remainders, ties to the earlier
  /// layer.
  ///
  /// - Returns: Counts that add up to `total`, or to all limits where that is less.
  package static func counts(shares: [Double], limits: [Int], total: Int) -> [Int] {
    var exact = [Double](repeating: 0, count: shares.count), free = Array(shares.indices), left = Double(total)
    while true {
      let sum = free.reduce(0) { $0 + shares[$1] }
      guard sum > 0 else { break }
      for i in free { exact[i] = shares[i] * (left / sum) }
      let over = free.filter { exact[$0] > Double(limits[$0]) }
      if over.isEmpty { break }
      for i in over {
        exact[i] = Double(limits[i])
        left -= exact[i]
      }
      free.removeAll { over.contains($0) }
    }
    return rounded(exact, limits: limits, total: total)
  }

  /// Whole numbers near the exact ones: what rounding down leaves over goes to the largest remainders, ties to the earlier
  /// layer, within the limits.
  static func rounded(_ exact: [Double], limits: [Int], total: Int) -> [Int] {
    var counts = zip(exact, limits).map { min($1, Int($0)) }
    var missing = total - counts.reduce(0, +)
    let order = exact.indices.sorted { (exact[$1].remainder, $0) < (exact[$0].remainder, $1) }
    while missing > 0 {
      let before = missing
      for i in order where missing > 0 && counts[i] < limits[i] {
        counts[i] += 1
        missing -= 1
      }
      if missing == before { break }
    }
    return counts
  }
}

extension Double {
  /// The part behind the point.
  fileprivate var remainder: Double { self - rounded(.down) }
}
