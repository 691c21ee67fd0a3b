/// Philox 4x32-10, the counter-based generator of Salmon et al. 2011 ("Parallel random numbers: as easy as 1, 2, 3").
public enum Philox {
  /// Four random words as a function of a 128-bit counter and a 64-bit key.
  @inlinable
  public static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c = counter, k = key
    for _ in 0..<10 {
      let p0 = UInt64(0xD251_1F53) &* UInt64(c[0])
      let p1 = UInt64(0xCD9E_8D57) &* UInt64(c[2])
      c = SIMD4(
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: p0))
      k = SIMD2(k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85)
    }
    return c
  }
}

/// A named stream of random numbers: value = f(seed, name, index), so nothing needs to be saved to resume, and using one
/// stream never moves another.
///
/// The seed is the Philox key; the upper half of the counter is a hash of the name, the lower half the index.
public struct RandomStream: Sendable, Equatable {
  @usableFromInline let key: SIMD2<UInt32>
  @usableFromInline private(set) var stream: SIMD2<UInt32>
  /// The index of the next word that `next` functions draw.
  public var index: UInt64 = 0

  /// - Parameter name: what the numbers are for, for instance `initial-weights/fc1`.
  public init(seed: UInt64, _ name: String) {
    let hash = Self.hash(name)
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    stream = SIMD2(UInt32(truncatingIfNeeded: hash), UInt32(truncatingIfNeeded: hash >> 32))
  }

  /// The stream named as this one with a number behind it: `RandomStream(seed: s, "step ").numbered(7)` is that of
  /// "step 7", made without allocating.
  public func numbered(_ number: Int) -> RandomStream {
    precondition(number >= 0, "a stream with the number \(number)")
    var hash = UInt64(stream[0]) | UInt64(stream[1]) << 32, power = 1
    while number / power >= 10 { power *= 10 }
    while power > 0 {
      hash = (hash ^ UInt64(48 + number / power % 10)) &* 0x100_0000_01B3
      power /= 10
    }
    var result = self
    result.stream = SIMD2(UInt32(truncatingIfNeeded: hash), UInt32(truncatingIfNeeded: hash >> 32))
    return result
  }

  /// The stream of another name with the same seed.
  public func named(_ name: String) -> RandomStream {
    RandomStream(seed: UInt64(key[0]) | UInt64(key[1]) << 32, name)
  }

  /// The word at `index`, independent of the stream's position.
  @inlinable
  public func word(at index: UInt64) -> UInt32 { words(at: index >> 2)[Int(index & 3)] }

  /// The four words from index 4 `block` on.
  @inlinable
  public func words(at block: UInt64) -> SIMD4<UInt32> {
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), stream[0], stream[1])
    return Philox.words(counter: counter, key: key)
  }

  @inlinable
  public mutating func nextWord() -> UInt32 {
    defer { index &+= 1 }
    return word(at: index)
  }

  /// A number in [0, 1) with 53 random bits (two words).
  @inlinable
  public mutating func nextUniform() -> Double {
    let high = UInt64(nextWord()), low = UInt64(nextWord())
    return Double((high << 32 | low) >> 11) * 0x1p-53
  }

  /// A whole number in 0..<`bound` (two words); the bias is below 2^-32 for any bound that memory can hold.
  @inlinable
  public mutating func nextIndex(below bound: Int) -> Int {
    let high = UInt64(nextWord()), low = UInt64(nextWord())
    return Int((high << 32 | low).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A standard normal number: the inverse of the normal distribution at a uniform one (two words).
  public mutating func nextNormal() -> Double { Normal.quantile(nextUniform() + 0x1p-54) }

  /// The numbers 0..<`count` in random order (Fisher and Yates).
  public mutating func permutation(of count: Int) -> [Int32] {
    var order = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in 0..<count { buffer[i] = Int32(i) }
      initialized = count
    }
    shuffle(&order)
    return order
  }

  /// Puts the elements into random order.
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for i in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(i, nextIndex(below: i + 1)) }
  }

  /// FNV-1a, 64 bits.
  static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
