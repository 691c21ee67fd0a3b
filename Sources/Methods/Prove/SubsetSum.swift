/// The subset of some numbers whose sum is nearest to a target: exact, by meeting in the middle (Horowitz & Sahni 1974,
/// doi:10.1145/321812.321823).
///
/// Numbers are whole multiples of 2^-46, as products of two numbers of 24 bits are, so that sums have no rounding. The sums
/// of each half of the numbers are made in ascending order, number by number: the list so far and the same with the number
/// added are merged. One pass from the least of the one half and the greatest of the other meets a nearest pair; of equal
/// distances it is the first that the pass meets. A sum and its subset are one word, sum 2^13 + subset, which makes equal
/// sums ascend by subset and a merge free of branches. 2^(n/2) memory and time: 17 us for n = 20.
///
/// It is scratch memory, used by one thread at a time; nothing is allocated after it is made.
package struct SubsetSum: ~Copyable {
  /// Of numbers that a search takes.
  package static let largestCount = 26
  /// What a whole number is worth.
  package static let unit = 0x1p-46
  private static let half = 13
  /// Above every sum of a half, also after a number is added to either.
  private static let end = Int64.max - 1 << 60

  private let first, second, spare: UnsafeMutablePointer<Int64>

  package init() {
    func list() -> UnsafeMutablePointer<Int64> { .allocate(capacity: 1 << Self.half + 1) }
    (first, second, spare) = (list(), list(), list())
  }

  deinit { for list in [first, second, spare] { list.deallocate() } }

  /// - Parameters:
  ///   - target: In units of 2^-46.
  ///   - numbers: At most 26, each from -2^46 to 2^46.
  /// - Returns: Bit t is set for number t; the sum of these.
  package func nearest(to target: Int64, of numbers: UnsafeBufferPointer<Int64>) -> (subset: UInt32, sum: Int64) {
    precondition(numbers.count <= Self.largestCount, "\(numbers.count) numbers")
    let split = numbers.count / 2
    let low = sums(of: UnsafeBufferPointer(rebasing: numbers[..<split]), first)
    let high = sums(of: UnsafeBufferPointer(rebasing: numbers[split...]), second)
    var i = 0, j = (1 << (numbers.count - split)) - 1, nearest = Int64.max, place = (0, 0)
    while i < 1 << split && j >= 0 {
      let difference = (low[i] >> Self.half) &+ (high[j] >> Self.half) &- target, distance = abs(difference)
      if distance < nearest { (nearest, place) = (distance, (i, j)) }
      let isAbove = difference > 0 ? 1 : 0
      j &-= isAbove
      i &+= 1 &- isAbove
    }
    let parts = (low[place.0], high[place.1]), subset = Int64(1 << Self.half - 1)
    return (
      UInt32(parts.0 & subset | (parts.1 & subset) << Int64(split)), parts.0 >> Self.half + parts.1 >> Self.half
    )
  }

  /// The sums of all subsets, ascending, in one of two lists.
  private func sums(of numbers: UnsafeBufferPointer<Int64>, _ list: UnsafeMutablePointer<Int64>)
    -> UnsafeMutablePointer<Int64>
  {
    // So that the last merge ends in `list`.
    var (from, to) = numbers.count % 2 == 0 ? (list, spare) : (spare, list)
    from[0] = 0
    for (bit, number) in numbers.enumerated() {
      let count = 1 << bit, added = number << Int64(Self.half) &+ Int64(count)
      from[count] = Self.end
      var i = 0, j = 0
      for k in 0..<2 &* count {
        let plain = from[i], more = from[j] &+ added, isPlain = plain < more
        to[k] = isPlain ? plain : more
        i &+= isPlain ? 1 : 0
        j &+= isPlain ? 0 : 1
      }
      swap(&from, &to)
    }
    return from
  }
}
