import Networks

/// Exact selection of the lowest scores in time linear in their number: 0.1 s for 15 million.
///
/// The threshold is found by two histograms over the halves of the scores' order keys; a third pass clears what lies
/// below it, and of those that equal it the ones of highest index.
public enum Selection {
  /// A score that is no finite number.
  struct NotFinite: Error {
    var index: Int
    var score: Float
  }

  /// Clears the `count` lowest-scored set entries of `keeps`; of equal scores those of higher index.
  ///
  /// - Parameter ranges: Where entries may be cleared, ascending.
  /// - Precondition: At least `count` entries are set there, and their scores are finite.
  public static func clearLowest(_ count: Int, in ranges: [Range<Int>], _ scores: [Float], _ keeps: inout [Bool]) {
    do { try clear(count, in: ranges, scores, &keeps) } catch { preconditionFailure("a score is not finite: \(error)") }
  }

  static func clear(
    _ count: Int, in ranges: [Range<Int>], _ scores: [Float], _ keeps: inout [Bool]
  ) throws(NotFinite) {
    let result: Result<Void, NotFinite> = scores.withUnsafeBufferPointer { scores in
      keeps.withUnsafeMutableBufferPointer { keeps in
        Result { () throws(NotFinite) in
          try Pass(ranges: ranges, scores: scores, keeps: keeps).clear(count)
        }
      }
    }
    try result.get()
  }

  private struct Pass {
    let ranges: [Range<Int>]
    let scores: UnsafeBufferPointer<Float>
    let keeps: UnsafeMutableBufferPointer<Bool>

    func clear(_ count: Int) throws(NotFinite) {
      var high = histogram { OrderKey.key($0) >> 16 }
      try checkFinite(high)
      let set = high.reduce(0, +)
      precondition(0 <= count && count <= set, "removing \(count) of \(set)")
      guard count > 0 else { return }
      let upper = place(of: count - 1, in: &high)
      var low = histogram { OrderKey.key($0) >> 16 == upper.bin ? OrderKey.key($0) & 0xFFFF : 0x1_0000 }
      let lower = place(of: upper.rank, in: &low)
      let threshold = UInt32(upper.bin) << 16 | UInt32(lower.bin)
      clear(below: threshold, keepingEqual: low[lower.bin] - lower.rank - 1)
    }

    private func histogram(_ digit: (Float) -> UInt32) -> [Int] {
      var bins = [Int](repeating: 0, count: 1 << 16 + 1)
      bins.withUnsafeMutableBufferPointer { bins in
        for range in ranges { for i in range where keeps[i] { bins[Int(digit(scores[i]))] += 1 } }
      }
      return bins
    }

    /// The bin of the entry of rank `rank`, and its rank within it.
    private func place(of rank: Int, in bins: inout [Int]) -> (bin: Int, rank: Int) {
      var bin = 0, rank = rank
      while rank >= bins[bin] {
        rank -= bins[bin]
        bin += 1
      }
      return (bin, rank)
    }

    private func clear(below threshold: UInt32, keepingEqual equal: Int) {
      var equal = equal
      for range in ranges {
        for i in range where keeps[i] {
          let key = OrderKey.key(scores[i])
          if key > threshold { continue }
          if key == threshold && equal > 0 { equal -= 1 } else { keeps[i] = false }
        }
      }
    }

    private func checkFinite(_ high: [Int]) throws(NotFinite) {
      guard high[..<0x80].contains(where: { $0 > 0 }) || high[0xFF80...].contains(where: { $0 > 0 }) else { return }
      for range in ranges {
        for i in range where keeps[i] && !scores[i].isFinite { throw NotFinite(index: i, score: scores[i]) }
      }
    }
  }
}
