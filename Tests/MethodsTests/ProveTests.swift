import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Methods
import Networks
import TestSupport
import Testing
import Tickets

@Suite struct ProveTests {
  // MARK: subset sums

  private static func numbers(_ count: Int, _ random: inout RandomStream) -> [Int64] {
    (0..<count).map { _ in Int64((2 * random.nextUniform() - 1) * 0x1p46) }
  }

  private static func nearest(_ target: Int64, _ numbers: [Int64]) -> (subset: UInt32, sum: Int64) {
    let solver = SubsetSum()
    return numbers.withUnsafeBufferPointer { solver.nearest(to: target, of: $0) }
  }

  private static func sum(_ subset: UInt32, _ numbers: [Int64]) -> Int64 {
    numbers.indices.reduce(0) { subset >> UInt32($1) & 1 == 1 ? $0 + numbers[$1] : $0 }
  }

  @Test(arguments: 0...12) func subsetSumsAreThoseOfBruteForce(_ count: Int) {
    var random = RandomStream(seed: 1, "test-subsets/\(count)")
    for trial in 0..<40 {
      var numbers = Self.numbers(count, &random)
      // Equal and opposite numbers make ties.
      if trial % 2 == 1, count > 3 { (numbers[1], numbers[count - 1]) = (numbers[0], -numbers[0]) }
      let target = Self.numbers(1, &random)[0] * Int64(1 + trial % 5)
      let found = Self.nearest(target, numbers)
      let best = (0..<UInt32(1 << count)).map { abs(Self.sum($0, numbers) - target) }.min()!
      #expect(abs(found.sum - target) == best && Self.sum(found.subset, numbers) == found.sum, "trial \(trial)")
    }
  }

  @Test func subsetSumsTakeTwentySixNumbersOfAnySize() {
    var random = RandomStream(seed: 2, "test-subsets")
    let numbers = Self.numbers(SubsetSum.largestCount, &random), hidden: UInt32 = 0x2A5_91F3
    let target = Self.sum(hidden, numbers), found = Self.nearest(target, numbers)
    #expect(found.sum == target && Self.sum(found.subset, numbers) == target)
    for end in [Int64(1) << 46, -(Int64(1) << 46)] {
      let all = Self.nearest(end * 64, [Int64](repeating: end, count: 26))
      #expect(all.subset == 1 << 26 - 1 && all.sum == 26 * end)
      #expect(Self.nearest(-end * 64, [Int64](repeating: end, count: 26)) == (0, 0))
    }
  }

  // MARK: resolution: acceptance tests 1 and 2 of the construction

  @Test(arguments: [3, 4, 5] as [UInt64]) func resolutionIsExponentialInTheCandidates(_ seed: UInt64) {
    let found = Resolution(error: 0.01, trials: 1000, seed: seed)
    #expect(found.points.map(\.candidates) == Array(4...20))
    #expect((0.8...1.1).contains(found.bitsPerCandidate), "\(found.bitsPerCandidate)")
    #expect(found.points.last!.subsetSumWithin >= 0.999)
    for point in found.points {
      #expect(point.subsetSum < point.singlePick && point.subsetSumWithin >= point.singlePickWithin)
    }
    // A power of 1/error beside its logarithm.
    #expect((0.9...1.1).contains(found.singlePickPower), "\(found.singlePickPower)")
    #expect((0.7...1.3).contains(found.candidatesPerBit), "\(found.candidatesPerBit)")
    let finest = found.needs.last!
    #expect(finest.subsetSum <= 20 && finest.singlePick > 100 * finest.subsetSum, "\(finest)")
  }

  // MARK: the construction

  /// A network with weights U[-1, 1] over the root of the inputs, and a proof of it.
  private struct Case {
    let target: TargetNetwork
    let proof: Proof
    let seed: UInt64
    let isNonNegative: Bool

    init(
      _ widths: [Int], seed: UInt64, candidates: Int = 20, method: ProofMethod = .subsetSum,
      isNonNegative: Bool = false,
      biases: Double = 0.5, threads: Int = 2
    ) {
      var random = RandomStream(seed: seed, "test-target")
      target = TargetNetwork(
        (1..<widths.count).map { i in
          let scale = 1 / Double(widths[i - 1]).squareRoot()
          return TargetNetwork.Layer(
            name: "fc\(i)", inputs: widths[i - 1],
            weights: (0..<widths[i] * widths[i - 1]).map { _ in scale * (2 * random.nextUniform() - 1) },
            biases: (0..<widths[i]).map { _ in biases * (2 * random.nextUniform() - 1) },
            isRectified: i + 1 < widths.count)
        })
      (self.seed, self.isNonNegative) = (seed, isNonNegative)
      proof = Proof(
        target, isNonNegative: isNonNegative, error: 0.01, candidates: candidates, method: method, seed: seed,
        threads: threads)
    }

    /// The largest difference of an output at points of a domain.
    func measured(_ domain: InputDomain, points: Int, isBall: Bool) -> Double {
      let stream = RandomStream(seed: seed, "test-points/")
      let outputs = [target.network, proof.network()].map {
        $0.outputs(of: points, threads: 2) { domain.point($0, stream, isBall: isBall) }
      }
      return zip(outputs[0], outputs[1]).reduce(0) { largest, pair in
        zip(pair.0, pair.1).reduce(largest) { max($0, abs($1.0 - $1.1)) }
      }
    }
  }

  /// Acceptance test 3 of the construction: 16-8-1, 10 000 points of the unit ball.
  @Test(arguments: [1, 2, 3] as [UInt64]) func errorsStayBelowTheCertifiedBound(_ seed: UInt64) {
    let made = Case([16, 8, 1], seed: seed), ball = InputDomain.ball(16, isNonNegative: false)
    let bound = made.proof.bounds([ball]).last![0], measured = made.measured(ball, points: 10_000, isBall: true)
    #expect(measured <= bound && measured > 0.01 * bound, "\(measured) of \(bound)")
    for pair in made.proof.pairs { #expect(pair.errors.allSatisfy { abs($0) <= 0.01 }) }
  }

  /// Few candidates make large errors; bounds must hold in every domain, at every depth, for either half and method.
  @Test(arguments: [([9, 7, 5, 4], 3), ([5, 12, 3], 5), ([30, 20, 10, 6, 2], 4)], ProofMethod.allCases)
  func boundsHoldWhereErrorsAreLarge(_ shape: ([Int], Int), _ method: ProofMethod) {
    for (seed, isNonNegative) in [(4, true), (5, false), (6, true)] as [(UInt64, Bool)] {
      let made = Case(
        shape.0, seed: seed, candidates: shape.1, method: method, isNonNegative: isNonNegative, biases: 3)
      let inputs = shape.0[0], low = isNonNegative ? 0.0 : -1.7
      let box = InputDomain(
        low: [Double](repeating: low, count: inputs), high: (0..<inputs).map { 0.1 * Double($0) })
      for (domain, isBall) in [(box, false), (InputDomain.ball(inputs, isNonNegative: isNonNegative), true)] {
        let bound = made.proof.bounds([domain]).last![0], measured = made.measured(domain, points: 2000, isBall: isBall)
        #expect(measured <= bound && bound < 200 * measured, "seed \(seed), ball \(isBall): \(measured) of \(bound)")
      }
    }
  }

  /// The kept weights are the drawn ones bit for bit, and the whole random network under its mask is the pruned one.
  @Test(arguments: [true, false]) func keptWeightsAreTheDrawnOnes(_ isNonNegative: Bool) throws {
    let made = Case([6, 5, 3], seed: 8, candidates: 7, isNonNegative: isNonNegative), network = made.proof.network()
    var architecture = Architecture(name: "random", input: FeatureShape(channels: 6))
    var values: [Double] = [], keeps: [Bool] = []
    for (i, pair) in made.proof.pairs.enumerated() {
      let name = pair.target.name, inputs = pair.target.inputs, width = pair.random.width
      try architecture.append("\(name).inner", Linear(width))
      try architecture.append("\(name).inner-relu", Rectifier())
      try architecture.append("\(name).outer", Linear(pair.target.outputs, hasBias: false))
      if pair.target.isRectified { try architecture.append("\(name).relu", Rectifier()) }
      // Drawn in order, as the streams say.
      var inner = RandomStream(seed: 8, "random-network/\(name)/inner")
      var outer = RandomStream(seed: 8, "random-network/\(name)/outer")
      func weight(_ stream: inout RandomStream) -> Float {
        Float(Int(stream.nextWord() >> 8) - 1 << 23) / Float(1 << 23)
      }
      let rows = (0..<width).map { _ in (0...inputs).map { _ in weight(&inner) } }
      let columns = (0..<pair.target.outputs).map { _ in (0..<width).map { _ in weight(&outer) } }
      let layers = pair.layers(), first = network.layers[2 * i], second = network.layers[2 * i + 1]
      #expect(Set(layers.units).count == layers.units.count, "a unit serves one slot")
      var innerKeeps = [Bool](repeating: false, count: width * inputs)
      var outerKeeps = [Bool](repeating: false, count: width * pair.target.outputs)
      var biases = [Double](repeating: 0, count: width)
      for (row, unit) in layers.units.enumerated() {
        let unit = Int(unit), places = first.starts[row]..<first.starts[row + 1]
        #expect(places.count <= 1)
        guard let place = places.first else {
          #expect(first.biases[row] == pair.constant * Double(rows[unit][inputs]))
          biases[unit] = first.biases[row]
          continue
        }
        #expect(Float(first.weights[place]).bitPattern == rows[unit][Int(first.columns[place])].bitPattern)
        innerKeeps[unit * inputs + Int(first.columns[place])] = true
      }
      for output in 0..<pair.target.outputs {
        for place in second.starts[output]..<second.starts[output + 1] {
          let unit = Int(layers.units[Int(second.columns[place])])
          #expect(Float(second.weights[place]).bitPattern == columns[output][unit].bitPattern)
          outerKeeps[output * width + unit] = true
        }
      }
      #expect(outerKeeps.count { $0 } == second.weights.count)
      values += rows.flatMap { $0.dropLast().map(Double.init) } + biases + columns.joined().map(Double.init)
      keeps += innerKeeps + biases.map { $0 != 0 } + outerKeeps
    }
    let plain = try DoubleNetwork(architecture), stream = RandomStream(seed: 9, "test-points/")
    let domain = InputDomain(low: [Double](repeating: isNonNegative ? 0 : -2, count: 6), high: [1, 2, 3, 1, 2, 3])
    let outputs = network.outputs(of: 50, threads: 1) { domain.point($0, stream, isBall: false) }
    for (i, output) in outputs.enumerated() {
      let sum = plain.outputSum(at: values, keeps: keeps, input: domain.point(i, stream, isBall: false)).sum
      let difference = sum - output.reduce(0, +)
      #expect(abs(difference) < 1e-9 * (1 + abs(sum)))
    }
  }

  @Test func threadsChangeNothing() {
    let one = Case([12, 9, 4], seed: 3, threads: 1).proof, three = Case([12, 9, 4], seed: 3, threads: 3).proof
    for (a, b) in zip(one.pairs, three.pairs) { #expect(a.choices == b.choices && a.sums == b.sums) }
    #expect(Case([12, 9, 4], seed: 4).proof.pairs[0].choices != one.pairs[0].choices)
  }

  /// Weights U[-1, 1] of a slot with the sign of its half; each unit of the first layer takes one input.
  @Test func unitsServeTheHalfOfTheirSign() {
    let pair = RandomPair(inputs: 40, outputs: 2, servesBothHalves: true, candidates: 5, seed: 1, name: "fc1")
    #expect(pair.slots.count == 81 && pair.units.count == 405 && Set(pair.units).count == 405)
    #expect(pair.width < 450 && pair.drawn == 405 * 3 && pair.weights == pair.width * 43)
    for (place, weight) in pair.inner.enumerated() {
      #expect(pair.slots[place / 5].isNegative ? weight < 0 : weight > 0)
    }
    let mean = pair.inner.reduce(0) { $0 + abs($1) } / 405
    #expect(abs(mean - 0.5) < 0.06)
    #expect(RandomPair.weight(0) == -1 && RandomPair.weight(.max) == 1 - 0x1p-23)
  }

  @Test(arguments: [(1, 9), (9, 1), (7, 30), (40, 25)]) func spectralNormsAreBounded(_ rows: Int, _ columns: Int) {
    var random = RandomStream(seed: 1, "test-norm")
    let matrix = (0..<rows * columns).map { _ in 2 * random.nextUniform() - 0.8 }
    var vector = (0..<columns).map { _ in random.nextUniform() }, norm = 0.0
    for _ in 0..<300 {
      let image = (0..<rows).map { r in (0..<columns).reduce(0) { $0 + matrix[r * columns + $1] * vector[$1] } }
      vector = (0..<columns).map { c in (0..<rows).reduce(0) { $0 + matrix[$1 * columns + c] * image[$1] } }
      norm = ErrorBound.norm(vector).squareRoot()
      vector = vector.map { $0 / (norm * norm) }
    }
    let bound = SpectralNorm.bound(matrix, columns: columns)
    #expect(bound >= norm * (1 - 1e-12) && bound <= 1.05 * norm, "\(bound) of \(norm)")
    #expect(SpectralNorm.bound([Double](repeating: 0, count: 6), columns: 3) == 0)
  }

  @Test func targetsAreFiniteChainsOfLinearLayersAndRectifiers() throws {
    let input = FeatureShape(channels: 4), plain = try ModelCatalog.architecture("mlp:3", input: input, classes: 2)
    var parameters = Parameters(zerosFor: plain.layout)
    #expect(try TargetNetwork(plain, parameters).layers.map(\.isRectified) == [true, false])
    parameters.values[5] = .nan
    #expect(throws: Problem.self) { try TargetNetwork(plain, parameters) }
    var forked = plain
    try forked.append("late", Linear(2), inputs: ["relu1"])
    #expect(throws: Problem.self) { try TargetNetwork.check(forked) }
    var bare = Architecture(name: "bare", input: input)
    try bare.append("relu0", Rectifier())
    try bare.append("fc1", Linear(2))
    #expect(throws: Problem.self) { try TargetNetwork.check(bare) }
  }

  // MARK: the experiment

  private func runner(_ scratch: Scratch, _ changes: [String] = [], seeds: [UInt64] = [0]) throws -> Runner<Prove> {
    var settings = ProveSettings()
    settings.search = try smallSettings("steps=10ep")
    for change in ["points=100"] + changes { try settings.apply(change) }
    return Runner(Prove(settings, seeds: seeds), threads: 2, output: scratch.url)
  }

  /// The accuracy of the target is the engine's; a lost certificate or record is made again, as it was.
  @Test func provesWhatItTrained() throws {
    let scratch = try Scratch(), runner = try runner(scratch, seeds: [0, 1])
    defer { withExtendedLifetime(scratch) {} }
    let finding = try runner.run(locator: DataLocator()).finding
    for seed in 0...1 {
      let file = runner.folder.appendingPathComponent("seed-\(seed)/target.json")
      let trained = try JSONDecoder().decode(StageRecord.self, from: Data(contentsOf: file))
      #expect(abs(finding.targetAccuracy.values[seed] - trained.last.testAccuracy) < 1e-12)
    }
    #expect(finding.isNonNegative && finding.widths == [64, 24, 16, 10] && finding.targetWeights == 2130)
    #expect(zip(finding.measuredError.values, finding.certifiedBound.values).allSatisfy { $0 <= $1 })
    #expect(zip(finding.ballError.values, finding.ballBound.values).allSatisfy { $0 <= $1 })
    #expect((7...11).contains(finding.keptPerTarget.mean) && finding.agreement.mean > 0.97)
    for name in ["seed-0/certificate.safetensors", "seed-1/proof.json"] {
      try FileManager.default.removeItem(at: runner.folder.appendingPathComponent(name))
    }
    #expect(try runner.run(locator: DataLocator()).finding == finding)
    #expect(try trainings(in: runner.folder).values.allSatisfy { $0 == 1 })
  }

  /// Bounds grow by a factor a layer, and are kept however large.
  @Test func deepTargetsAreProven() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let deep = "model=mlp:" + [String](repeating: "24", count: 16).joined(separator: ",")
    let finding = try runner(scratch, [deep, "candidates=1", "points=2"]).run(locator: DataLocator()).finding
    #expect(finding.layers.count == 17 && finding.certifiedBound.mean > 1e12)
  }

  /// Numbers of both signs take both halves, and more weights; a single pick keeps two for each weight and half.
  @Test func halvesAndMethodsAreTaken() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let both = try runner(scratch, ["halves=both"]).run(locator: DataLocator()).finding
    #expect(!both.isNonNegative && both.layers.map(\.servesBothHalves) == [true, false, false])
    #expect(both.layers[0].drawn == 20 * (2 * 64 + 1) * 25)
    let single = try runner(scratch, ["method=single-pick", "candidates=300"]).run(locator: DataLocator()).finding
    #expect(single.keptPerTarget.mean < 2 && single.largestWeightError.mean > both.largestWeightError.mean)
  }
}
