import Lanes

/// How near random numbers come to a target, against how many there are: subset sums beside single numbers.
///
/// Trial i has numbers U[-1, 1] and a target U[-1/2, 1/2] of a stream of its own; with n candidates it sees the first n.
package struct Resolution: Codable, Equatable, Sendable {
  /// What n candidates give.
  package struct Point: Codable, Equatable, Sendable {
    package var candidates: Int
    /// Medians over the trials of the distance from the target.
    package var subsetSum: Double
    package var singlePick: Double
    /// Shares of the trials whose distance is below the error asked for.
    package var subsetSumWithin: Double
    package var singlePickWithin: Double
  }

  /// How many candidates 95 % of the trials get by with.
  package struct Need: Codable, Equatable, Sendable {
    package var error: Double
    package var subsetSum: Int
    package var singlePick: Int
  }

  package var trials: Int
  package var points: [Point]
  package var needs: [Need]
  /// By how many bits the median distance of subset sums falls with each candidate: a least-squares line.
  package var bitsPerCandidate: Double
  /// The power of 1/error with which the candidates of a single pick grow, likewise.
  package var singlePickPower: Double
  /// Candidates that subset sums need for each bit of 1/error, likewise.
  package var candidatesPerBit: Double

  private static let counts = 4...20
  private static let errors = [0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
  private static let share = 0.95

  package init(error: Double, trials: Int, seed: UInt64) {
    self.trials = trials
    let all = (0..<trials).map { Trial(RandomStream(seed: seed, "prove/resolution/").numbered($0)) }
    let solver = SubsetSum()
    points = Self.counts.map { count in
      let sums = all.map { $0.subsetSum(count, solver) }, picks = all.map { $0.singlePick(count) }
      return Point(
        candidates: count, subsetSum: Self.median(sums), singlePick: Self.median(picks),
        subsetSumWithin: Double(sums.count { $0 < error }) / Double(trials),
        singlePickWithin: Double(picks.count { $0 < error }) / Double(trials))
    }
    needs = Self.errors.map { error in
      let place = Int((Self.share * Double(trials)).rounded(.up)) - 1
      return Need(
        error: error, subsetSum: all.map { $0.needed(error, solver) }.sorted()[place],
        singlePick: all.map { $0.firstHit(error) }.sorted()[place])
    }
    bitsPerCandidate = -Self.slope(points.map { Double($0.candidates) }, points.map { Self.log2($0.subsetSum) })
    let bits = needs.map { -Self.log2($0.error) }
    singlePickPower = Self.slope(bits, needs.map { Self.log2(Double($0.singlePick)) })
    candidatesPerBit = Self.slope(bits, needs.map { Double($0.subsetSum) })
  }

  package static func log2(_ x: Double) -> Double { Deterministic.log(x) / Deterministic.log(2) }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// Of the least-squares line.
  private static func slope(_ x: [Double], _ y: [Double]) -> Double {
    let n = Double(x.count), meanX = x.reduce(0, +) / n, meanY = y.reduce(0, +) / n
    let products = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    return products / x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
  }

  /// A target with its candidates, in units of `SubsetSum.unit`.
  private struct Trial {
    let stream: RandomStream
    let target: Int64
    let numbers: [Int64]

    init(_ stream: RandomStream) {
      self.stream = stream
      target = Self.number(stream.word(at: 0)) / 2
      numbers = (1...SubsetSum.largestCount).map { Self.number(stream.word(at: UInt64($0))) }
    }

    /// Uniform in [-1, 1), of all 32 bits.
    private static func number(_ word: UInt32) -> Int64 { (Int64(word) - 1 << 31) << 15 }

    private func distance(_ value: Int64) -> Double { Double(abs(value - target)) * SubsetSum.unit }

    func subsetSum(_ count: Int, _ solver: borrowing SubsetSum) -> Double {
      numbers.withUnsafeBufferPointer {
        distance(solver.nearest(to: target, of: UnsafeBufferPointer(rebasing: $0[..<count])).sum)
      }
    }

    func singlePick(_ count: Int) -> Double { numbers[..<count].map(distance).min()! }

    /// The fewest candidates with a subset nearer than the error; one more than there are where all are too few.
    func needed(_ error: Double, _ solver: borrowing SubsetSum) -> Int {
      (1...numbers.count).first { subsetSum($0, solver) < error } ?? numbers.count + 1
    }

    func firstHit(_ error: Double) -> Int {
      var index: UInt64 = 1
      while distance(Self.number(stream.word(at: index))) >= error { index += 1 }
      return Int(index)
    }
  }
}
