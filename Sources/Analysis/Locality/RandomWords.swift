import Lanes

/// The words of a random stream one after the other, four from every call of the generator.
struct RandomWords {
  private let stream: RandomStream
  private var block: UInt64 = 0
  private var words = SIMD4<UInt32>()
  private var used = 4

  init(seed: UInt64, _ name: String) { stream = RandomStream(seed: seed, name) }

  mutating func next() -> UInt32 {
    if used == 4 {
      words = stream.words(at: block)
      block &+= 1
      used = 0
    }
    used += 1
    return words[used - 1]
  }

  mutating func next64() -> UInt64 { UInt64(next()) << 32 | UInt64(next()) }

  /// A whole number in 0..<`bound`; the bias is below `bound` / 2^32.
  mutating func index(below bound: Int) -> Int { Int((UInt64(next()) &* UInt64(bound)) >> 32) }

  /// Puts the elements into random order.
  mutating func shuffle(_ elements: inout [Int]) {
    for i in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(i, index(below: i + 1)) }
  }
}
