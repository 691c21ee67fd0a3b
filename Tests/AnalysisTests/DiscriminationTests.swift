import Analysis
import Lanes
import Testing

/// How well scores tell two groups apart, centres, and distances to classes.
@Suite struct DiscriminationTests {
  struct Scores {
    var count, step, modulus, shift: Int
    var values: [Double] { (0..<count).map { Double($0 * step % modulus + shift) / 8 } }
  }

  struct Case {
    var first, second: Scores
    var roc, precision, other, accepts: Double
  }

  /// Of scikit-learn 1.9.1, by Tests/Golden/make_discrimination.py.
  static let golden = [
    Case(
      first: Scores(count: 50, step: 37, modulus: 101, shift: 3),
      second: Scores(count: 70, step: 53, modulus: 97, shift: 0), roc: 0.5644285714285714,
      precision: 0.5287301827973032, other: 0.6497759306709734, accepts: 0.9142857142857143),
    Case(
      first: Scores(count: 200, step: 7, modulus: 11, shift: 1),
      second: Scores(count: 35, step: 5, modulus: 13, shift: 0), roc: 0.5092142857142857,
      precision: 0.8448017550165527, other: 0.2339638374405473, accepts: 0.9142857142857143),
    Case(
      first: Scores(count: 9, step: 1, modulus: 64, shift: 8), second: Scores(count: 9, step: 1, modulus: 64, shift: 0),
      roc: 0.9938271604938271, precision: 0.9888888888888889, other: 0.9888888888888889, accepts: 0.1111111111111111),
    Case(
      first: Scores(count: 40, step: 3, modulus: 7, shift: 0), second: Scores(count: 40, step: 3, modulus: 7, shift: 0),
      roc: 0.5, precision: 0.5, other: 0.5, accepts: 1),
    Case(
      first: Scores(count: 3, step: 1, modulus: 8, shift: 0), second: Scores(count: 5, step: 1, modulus: 8, shift: 40),
      roc: 0, precision: 0.2757936507936508, other: 0.46928571428571425, accepts: 1),
    Case(
      first: Scores(count: 97, step: 31, modulus: 89, shift: 6),
      second: Scores(count: 411, step: 29, modulus: 83, shift: 0), roc: 0.5874156570597237,
      precision: 0.3437652889036946, other: 0.8564165741995382, accepts: 0.8905109489051095),
  ]

  @Test(arguments: golden.indices)
  func agreesWithScikitLearn(place: Int) {
    let wanted = Self.golden[place]
    let told = Discrimination(first: wanted.first.values, second: wanted.second.values)
    #expect(abs(told.rocArea - wanted.roc) < 1e-12)
    #expect(abs(told.precisionArea - wanted.precision) < 1e-12)
    #expect(abs(told.otherPrecisionArea - wanted.other) < 1e-12)
    #expect(abs(told.falseAccepts95 - wanted.accepts) < 1e-12)
  }

  /// By counting pairs, and exchanged groups are the opposite.
  @Test func theAreaIsTheChanceOfAPairInOrder() {
    var random = RandomStream(seed: 3, "test/scores")
    let first = (0..<60).map { _ in Double(random.nextIndex(below: 20)) }
    let second = (0..<45).map { _ in Double(random.nextIndex(below: 17)) }
    let pairs = first.flatMap { a in second.map { b in a > b ? 1 : a == b ? 0.5 : 0 } }
    let told = Discrimination(first: first, second: second), back = Discrimination(first: second, second: first)
    #expect(abs(told.rocArea - pairs.reduce(0, +) / Double(pairs.count)) < 1e-12)
    #expect(abs(told.rocArea + back.rocArea - 1) < 1e-12)
    #expect(told == Discrimination(first: first.reversed(), second: second.map { $0 }))
  }

  // MARK: centres

  @Test(arguments: [(2, 1), (3, 2), (10, 9), (10, 32), (100, 128)])
  func centresAreEven(_ classes: Int, _ dimension: Int) {
    var random = RandomStream(seed: 5, "test/centres")
    let centres = EvenCentres.make(classes: classes, dimension: dimension, &random)
    #expect(centres.rows == classes && centres.columns == dimension)
    for a in 0..<classes {
      for b in 0...a {
        let cosine = (0..<dimension).reduce(0) { $0 + centres[a, $1] * centres[b, $1] }
        #expect(abs(cosine - (a == b ? 1 : -1 / Double(classes - 1))) < 1e-12)
      }
    }
    var other = RandomStream(seed: 6, "test/centres")
    #expect(EvenCentres.make(classes: classes, dimension: dimension, &other) != centres || dimension == 1)
  }

  // MARK: distances

  /// Two classes about (0, 0) and (10, 0) with deviations 1 and 2 along the axes.
  @Test func distancesAreInDeviations() {
    let corners = [[-1.0, -2], [-1, 2], [1, -2], [1, 2]]
    let gaussians = TiedGaussians(
      corners + corners.map { [$0[0] + 10, $0[1]] }, labels: [0, 0, 0, 0, 1, 1, 1, 1], classes: 3)
    for (point, distance) in [
      ([0.0, 0], 0.0), ([2, 0], 4), ([0, 2], 1), ([10, -4], 4), ([5, 0], 25), ([8, 2], 5),
    ] {
      #expect(abs(gaussians.distance(point) - distance) < 1e-4 * max(1, distance), "\(point)")
    }
  }

  /// Along a slanted axis the covariance counts, not the deviations of the axes.
  @Test func distancesFollowTheCovariance() {
    let points = [[1.0, 1], [-1, -1], [0.1, -0.1], [-0.1, 0.1]]
    let gaussians = TiedGaussians(points, labels: [0, 0, 0, 0], classes: 1)
    // Covariance (0.505, 0.495; 0.495, 0.505): eigenvalues 1 along (1, 1), 0.01 along (1, -1).
    #expect(abs(gaussians.distance([1, 1]) - 2) < 1e-3)
    #expect(abs(gaussians.distance([1, -1]) - 200) < 0.1)
  }

  @Test func correlationsAreLinear() {
    let values = [3.0, -1, 4, 1, -5, 9]
    #expect(abs(Pearson.correlation(values, values.map { 7 - 2 * $0 }) + 1) < 1e-12)
    #expect(Pearson.correlation(values, values.map { _ in 2 }) == 0)
    // By hand: means 2 and 4, products -2 + 0 + 3, squares 2 and 14.
    #expect(abs(Pearson.correlation([1, 2, 3], [5, 1, 6]) - 1 / 28.0.squareRoot()) < 1e-12)
  }
}
