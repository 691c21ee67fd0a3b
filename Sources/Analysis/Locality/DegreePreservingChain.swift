/// A Markov chain over all fields with the same degrees of units and of inputs, whose limit is uniform.
///
/// A step is a trade: of the inputs that one of two units reads and the other does not, each gets as many as it had, at
/// random. A trade is a batch of degree-preserving swaps, so it reaches what they reach, in far fewer steps (the curveball
/// algorithm of Strona et al. 2014, doi:10.1038/ncomms5114; its limit is uniform by Carstens 2015,
/// doi:10.1103/PhysRevE.91.042812). A round trades in all pairs of a random matching of the units (Carstens et al. 2018,
/// arXiv:1804.08487). At 3x32x32 inputs and 1,024 units a round takes under a millisecond.
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
    let count = fields.rowsPerUnit, a = a * count, b = b * count
    var owned = 0, all = 0, taken = 0
    for i in 0..<count {
      let only = fields.rows[a + i] ^ fields.rows[b + i]
      exclusive[i] = only
      guard only != 0 else {
        chosen[i] = 0
        continue
      }
      owned += (only & fields.rows[a + i]).nonzeroBitCount
      all += only.nonzeroBitCount
      chosen[i] = only & words.next64()
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
      let common = fields.rows[a + i] & fields.rows[b + i]
      fields.rows[a + i] = common | chosen[i]
      fields.rows[b + i] = common | exclusive[i] ^ chosen[i]
    }
  }

  /// Flips the bit of rank `rank` among those chosen, or those not chosen.
  private mutating func flip(_ rank: Int, amongChosen: Bool) {
    var rank = rank
    for i in exclusive.indices {
      var word = amongChosen ? chosen[i] : exclusive[i] ^ chosen[i]
      let count = word.nonzeroBitCount
      if rank >= count {
        rank -= count
        continue
      }
      for _ in 0..<rank { word &= word - 1 }
      chosen[i] ^= word & (0 &- word)
      return
    }
    preconditionFailure("no bit of rank \(rank)")
  }
}
