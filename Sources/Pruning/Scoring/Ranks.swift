import Networks

/// Ranks of scores among the survivors of a mask.
enum Ranks {
  /// The mean of two scores' ranks, one a parameter; those of pruned weights are 0.
  ///
  /// Networks of more than 8 million weights have ranks that single precision rounds; neighbours may then tie.
  static func means(_ a: [Float], _ b: [Float], of mask: Mask) -> [Float] {
    let survivors = mask.layout.prunable.flatMap { $0.range.filter { mask.keeps[$0] }.map { Int32($0) } }
    var sums = [Float](repeating: 0, count: a.count)
    for values in [a, b] {
      let order = ascending(survivors, values)
      var first = 0
      for (place, index) in order.enumerated() {
        if place > 0 && values[Int(index)] != values[Int(order[place - 1])] { first = place }
        sums[Int(index)] += Float(first) / 2
      }
    }
    return sums
  }

  /// The indices in ascending order of their values, equal ones as they stood: two counting sorts by half a key.
  static func ascending(_ indices: [Int32], _ values: [Float]) -> [Int32] {
    let low = sorted(indices) { OrderKey.key(values[Int($0)]) & 0xFFFF }
    return sorted(low) { OrderKey.key(values[Int($0)]) >> 16 }
  }

  private static func sorted(_ indices: [Int32], by digit: (Int32) -> UInt32) -> [Int32] {
    var start = [Int](repeating: 0, count: 1 << 16 + 1)
    for index in indices { start[Int(digit(index)) + 1] += 1 }
    for i in 1..<start.count { start[i] += start[i - 1] }
    var result = [Int32](repeating: 0, count: indices.count)
    for index in indices {
      let place = Int(digit(index))
      result[start[place]] = index
      start[place] += 1
    }
    return result
  }
}
