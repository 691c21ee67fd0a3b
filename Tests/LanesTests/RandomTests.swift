import Foundation
import Lanes
import Testing

/// Known answers from Random123's `kat_vectors` (philox4x32, 10 rounds).
@Suite struct PhiloxTests {
  @Test func givesTheKnownAnswers() {
    #expect(
      Philox.words(counter: SIMD4(0, 0, 0, 0), key: SIMD2(0, 0))
        == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      Philox.words(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      Philox.words(
        counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: SIMD2(0xa409_3822, 0x299f_31d0))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }
}

@Suite struct RandomStreamTests {
  @Test func streamsDependOnNothingButSeedNameAndIndex() {
    var a = RandomStream(seed: 7, "a"), b = RandomStream(seed: 7, "b"), again = RandomStream(seed: 7, "a")
    let first = (0..<64).map { _ in a.nextWord() }
    _ = (0..<13).map { _ in b.nextWord() }
    #expect((0..<64).map { _ in again.nextWord() } == first)
    #expect((0..<64).map { a.word(at: $0) } == first)
    a.index = 10
    #expect(a.nextWord() == first[10])
  }

  @Test func namesAndSeedsSeparateStreams() {
    let names = [
      "initial-weights/fc1.weight", "initial-weights/fc2.weight", "data-order/epoch 0", "data-order/epoch 1",
    ]
    let seeds: [UInt64] = [0, 1, 1 << 32, .max]
    let starts = seeds.flatMap { seed in
      names.map { name in (0..<4).map { RandomStream(seed: seed, name).word(at: $0) } }
    }
    #expect(Set(starts).count == starts.count)
  }

  /// Two streams agree in a bit half the time.
  @Test func streamsAreIndependent() {
    let a = RandomStream(seed: 3, "a"), b = RandomStream(seed: 3, "b"), count: UInt64 = 20_000
    let same = (0..<count).reduce(0) { $0 + (~(a.word(at: $1) ^ b.word(at: $1))).nonzeroBitCount }
    let bits = Double(32 * count), deviations = (Double(same) - bits / 2) / (bits / 4).squareRoot()
    #expect(abs(deviations) < 4.5, "\(deviations) standard deviations")
  }

  @Test func uniformNumbersFillTheirInterval() {
    var random = RandomStream(seed: 11, "uniform"), sum = 0.0, squares = 0.0
    let count = 100_000
    for _ in 0..<count {
      let u = random.nextUniform()
      #expect(0 <= u && u < 1)
      sum += u
      squares += u * u
    }
    #expect(abs(sum / Double(count) - 0.5) < 0.005)
    #expect(abs(squares / Double(count) - 1.0 / 3) < 0.005)
  }

  @Test func normalNumbersHaveTheirMoments() {
    var random = RandomStream(seed: 12, "normal")
    let values = (0..<100_000).map { _ in random.nextNormal() }, count = Double(values.count)
    #expect(abs(values.reduce(0, +) / count) < 0.015)
    let squares = values.map { $0 * $0 }, fourthPowers = squares.map { $0 * $0 }
    #expect(abs(squares.reduce(0, +) / count - 1) < 0.02)
    #expect(abs(fourthPowers.reduce(0, +) / count - 3) < 0.15)
  }

  @Test(arguments: [1, 2, 3, 10, 1000])
  func permutationsHoldEveryNumberOnce(_ count: Int) {
    var random = RandomStream(seed: 1, "permutation")
    #expect(random.permutation(of: count).sorted() == (0..<count).map { Int32($0) })
  }

  @Test func indicesAreEvenlySpread() {
    var random = RandomStream(seed: 5, "index"), counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[random.nextIndex(below: 7)] += 1 }
    for count in counts { #expect(abs(count - 10_000) < 450) }
    #expect((0..<100).allSatisfy { _ in random.nextIndex(below: 1) == 0 })
  }
}

@Suite struct NormalTests {
  /// Wolfram Alpha's InverseCDF[NormalDistribution[], p].
  static let quantiles: [(p: Double, x: Double)] = [
    (0.5, 0), (0.75, 0.6744897501960817), (0.975, 1.959963984540054), (0.999, 3.090232306167813),
    (0.1, -1.2815515655446004), (0.01, -2.326347874040841), (1e-5, -4.264890793922825), (1e-10, -6.361340902404056),
    (1e-15, -7.941345326170997), (1e-20, -9.262340089798408),
  ]

  @Test func quantilesAreKnown() {
    for (p, x) in Self.quantiles {
      #expect(abs(Normal.quantile(p) - x) <= 2e-15 * max(1, abs(x)) * 4, "p = \(p): \(Normal.quantile(p))")
    }
  }

  @Test func quantileInvertsTheDistribution() {
    for i in 1..<2000 {
      let p = Double(i) / 2000, x = Normal.quantile(p)
      #expect(abs(0.5 * erfc(-x / 2.0.squareRoot()) - p) < 1e-14)
      #expect(abs(x + Normal.quantile(1 - p)) < 1e-12)
    }
  }

  @Test func logarithmIsTheSystems() {
    for i in -1000...1000 {
      let x = exp(Double(i) * 0.7)
      guard x.isNormal else { continue }
      #expect(abs(Deterministic.log(x) - log(x)) <= 4e-16 * max(1, abs(log(x))), "log \(x)")
    }
    for i in 1...4000 {
      let x = Double(i) / 2000
      #expect(abs(Deterministic.log(x) - log(x)) <= 4e-16 * max(0.5, abs(log(x))), "log \(x)")
    }
    #expect(Deterministic.log(1) == 0)
  }

  @Test func cosineIsTheSystems() {
    for i in -2000...2000 {
      let x = Double(i) / 2000 * .pi
      #expect(abs(Deterministic.cosine(x) - cos(x)) < 2e-15, "cos \(x)")
    }
    #expect(Deterministic.cosine(0) == 1)
  }
}
