/// A Markov chain over all fields with the same degrees of units and of inputs, whose limit is uniform.
///
/// A step is a trade: of the inputs that one of two units reads and the other does not, each gets as many as it had, at
/// random. A trade is a batch of degree-preserving swaps, so it reaches what they reach, in far fewer steps (the curveball
/// algorithm of Strona et al. 2014, doi:10.1038/ncomms5114; its limit is uniform by Carstens 2015,
/// doi:10.1103/PhysRevE.91.042812). A round trades in all pairs of a random matching of the units (Carstens et al. 2018,
/// arXiv:1804.08487).
public struct DegreePreservingChain: Sendable {
  public private(set) var fields: ReceptiveFields
  /// Units that read anything; the others have nothing to trade.
  private var order: [Int]
  private var words: RandomWords
  private var exclusive: [UInt64]
  private var chosen: [UInt64]

  public init(_ fields: ReceptiveFields, seed: UInt64, stream: String) {
    self.fields = fields
    order = (0..<fields.units).filter { fields.degree(of: $0) > 0 }
    words = RandomWords(seed: seed, stream)
    exclusive = [UInt64](repeating: 0, count: fields.rowsPerUnit)
    chosen = exclusive
  }

  /// Trades in all pairs of a random matching.
  public mutating func advance(rounds: Int = 1) {
    for _ in 0..<rounds {
      words.shuffle(&order)
      for pair in 0..<order.count / 2 { trade(order[2 * pair], order[2 * pair + 1]) }
    }
  }

  private mutating func trade(_ a: Int, _ b: Int) {
    let count = fields.rowsPerUnit
    fields.rows.withUnsafeMutableBufferPointer { rows in
      exclusive.withUnsafeMutableBufferPointer { exclusive in
        chosen.withUnsafeMutableBufferPointer { chosen in
          let trade = Trade(
            count: count, a: rows.baseAddress! + a * count, b: rows.baseAddress! + b * count,
            exclusive: exclusive.baseAddress!, chosen: chosen.baseAddress!)
          trade.carryOut(&words)
        }
      }
    }
  }
}

/// What two units exchange.
private struct Trade {
  /// Rows of a unit.
  let count: Int
  let a, b: UnsafeMutablePointer<UInt64>
  /// Inputs that just one of the two reads, and those of them that go to the first.
  let exclusive, chosen: UnsafeMutablePointer<UInt64>

  func carryOut(_ words: inout RandomWords) {
    var owned = 0, all = 0, taken = 0
    for i in 0..<count {
      exclusive[i] = a[i] ^ b[i]
      chosen[i] = 0
      guard exclusive[i] != 0 else { continue }
      chosen[i] = exclusive[i] & words.next64()
      owned += (exclusive[i] & a[i]).nonzeroBitCount
      all += exclusive[i].nonzeroBitCount
      taken += chosen[i].nonzeroBitCount
    }
    guard owned > 0, owned < all else { return }
    // A fair coin for each gives a uniform subset of its size; adding or dropping members at random keeps it uniform.
    while taken != owned {
      let adds = taken < owned
      flip(words.index(below: adds ? all - taken : taken), amongChosen: !adds)
      taken += adds ? 1 : -1
    }
    for i in 0..<count where exclusive[i] != 0 {
      let common = a[i] & b[i]
      a[i] = common | chosen[i]
      b[i] = common | exclusive[i] ^ chosen[i]
    }
  }

  /// Flips the bit of rank `rank` among those chosen, or those not chosen.
  private func flip(_ rank: Int, amongChosen: Bool) {
    var rank = rank
    for i in 0..<count where exclusive[i] != 0 {
      var word = amongChosen ? chosen[i] : exclusive[i] ^ chosen[i]
      let bits = word.nonzeroBitCount
      if rank >= bits {
        rank -= bits
        continue
      }
      for _ in 0..<rank { word &= word - 1 }
      chosen[i] ^= word & (0 &- word)
      return
    }
    preconditionFailure("no bit of rank \(rank)")
  }
}
