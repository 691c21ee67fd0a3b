import Basics
import Lanes
import Networks
import Pruning
import Testing

/// A network of linear layers of the given widths.
func network(_ input: Int, _ widths: Int...) throws -> Architecture {
  var result = Architecture(name: "test", input: FeatureShape(channels: input))
  for (i, width) in widths.enumerated() { try result.append("fc\(i + 1)", Linear(width)) }
  return result
}

/// A mask that keeps about `share` of the weights, at least two a layer.
func randomMask(_ layout: ParameterLayout, _ share: Double, _ random: inout RandomStream) -> Mask {
  var mask = Mask(fullFor: layout)
  for entry in layout.prunable {
    for i in entry.range.dropFirst(2) { mask.keeps[i] = random.nextUniform() < share }
  }
  return mask
}

@Suite struct PrunerTests {
  /// What a stable sort removes: of equal scores the later weights.
  private func sorted(_ count: Int, _ survivors: [Int], _ scores: [Float]) -> Set<Int> {
    Set(survivors.sorted { scores[$0] == scores[$1] ? $0 > $1 : scores[$0] < scores[$1] }.prefix(count))
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func removesWhatASortWouldRemove(_ seed: UInt64) {
    var random = RandomStream(seed: seed, "test/pruner")
    let count = 1 + Int(random.nextUniform() * 400), levels = [1.0, 2, 5, 1000][Int(seed) % 4]
    let scores = (0..<count).map { _ in
      let value = Float((random.nextUniform() * levels).rounded(.down)) - Float(levels / 2).rounded(.down)
      return value == 0 && random.nextUniform() < 0.5 ? -0.0 : value
    }
    let survivors = (0..<count).filter { _ in random.nextUniform() < 0.8 }
    for fraction in [0, 0.2, random.nextUniform(), 1] {
      let removed = Int((fraction * Double(survivors.count)).rounded())
      let found = lowest(removed, of: survivors, scores)
      #expect(found.count == removed && found == sorted(removed, survivors, scores), "seed \(seed), \(fraction)")
    }
  }

  /// What the selection clears of entries that are set at `survivors`, in two ranges.
  private func lowest(_ count: Int, of survivors: [Int], _ scores: [Float]) -> Set<Int> {
    var keeps = [Bool](repeating: false, count: scores.count)
    for i in survivors { keeps[i] = true }
    let before = keeps
    Selection.clearLowest(count, in: [0..<scores.count / 3, scores.count / 3..<scores.count], scores, &keeps)
    return Set(scores.indices.filter { before[$0] != keeps[$0] })
  }

  @Test func ordersExtremesAndTies() {
    let extremes: [Float] = [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, -0.0, .leastNonzeroMagnitude]
    #expect(lowest(2, of: Array(0..<5), extremes) == [1, 3])
    #expect(lowest(3, of: Array(0..<5), extremes) == [1, 2, 3])
    #expect(lowest(4, of: Array(0..<10), [Float](repeating: 7, count: 10)) == [6, 7, 8, 9])
    #expect(lowest(1, of: [0, 1], [-0.0, 0.0]) == [1])
    #expect(lowest(1, of: [0, 1], [0.0, -0.0]) == [1])
  }

  @Test(arguments: AllocationCatalog.all.map { $0.name }, 0..<20 as Range<UInt64>)
  func masksShrinkByExactCounts(_ name: String, _ seed: UInt64) throws {
    var random = RandomStream(seed: seed, "test/allocations")
    let layout = try network(20 + Int(seed), 17, 9 + Int(seed) % 3, 5).layout
    var mask = Mask(fullFor: layout)
    let scores = (0..<layout.count).map { _ in Float(random.nextUniform()) }
    for _ in 1...4 {
      let fraction = 0.05 + 0.4 * random.nextUniform()
      let request = AllocationRequest(mask: mask, fraction: fraction, entries: layout.prunable)
      let next = try Pruner.prune(
        mask, scores: scores, quota: AllocationCatalog.allocation(named: name).quota(request), allowsEmptyLayers: true)
      let wanted =
        name == LayerwiseAllocation.name
        ? layout.prunable.reduce(0) { $0 + rounded(fraction, mask.remaining(in: $1)) }
        : rounded(fraction, mask.remaining)
      #expect(mask.remaining - next.remaining == wanted, "\(name), seed \(seed), fraction \(fraction)")
      #expect(next.isSubset(of: mask))
      for entry in layout.entries where !entry.isPrunable {
        #expect(next.keeps[entry.range].allSatisfy { $0 }, "biases stay")
      }
      mask = next
    }
  }

  private func rounded(_ fraction: Double, _ count: Int) -> Int { Int((fraction * Double(count)).rounded()) }

  @Test func onlyTheNamedLayersShrink() throws {
    let layout = try network(10, 8, 6, 4).layout, scores = (0..<layout.count).map { Float($0 * 37 % 101) }
    for type in AllocationCatalog.all {
      let request = AllocationRequest(
        mask: Mask(fullFor: layout), fraction: 0.5, entries: Array(layout.prunable.prefix(2)))
      let mask = try Pruner.prune(
        request.mask, scores: scores, quota: try type.init().quota(request), allowsEmptyLayers: true)
      #expect(mask.remaining(in: layout.prunable[2]) == 24, "\(type.name)")
      #expect(mask.remaining == 24 + 64, "\(type.name)")
    }
  }

  @Test func uniformKeepsLayersAtOneDensity() throws {
    let layout = try network(30, 20, 10, 7).layout
    let request = AllocationRequest(mask: Mask(fullFor: layout), fraction: 0.37, entries: layout.prunable)
    let scores = (0..<layout.count).map { Float($0) }
    let mask = try Pruner.prune(request.mask, scores: scores, quota: UniformAllocation().quota(request))
    for entry in layout.prunable {
      #expect(abs(Double(mask.remaining(in: entry)) - 0.63 * Double(entry.count)) < 1, "\(entry.name)")
    }
  }

  @Test func factorsMultiplyALayersShare() throws {
    let layout = try network(10, 10, 10).layout
    let request = AllocationRequest(
      mask: Mask(fullFor: layout), fraction: 0.2, entries: layout.prunable, factors: ["fc2": 0.5])
    #expect(LayerwiseAllocation().quota(request) == .each([(layout.prunable[0], 20), (layout.prunable[1], 10)]))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func refusesScoresThatAreNoNumbers(_ value: Float) throws {
    let layout = try network(3, 3).layout, full = Mask(fullFor: layout)
    var scores = [Float](repeating: 1, count: layout.count)
    scores[4] = value
    let problem = #expect(throws: Problem.self) {
      try Pruner.prune(full, scores: scores, quota: .together(1, layout.prunable))
    }
    #expect(problem?.kind == .failed && problem?.problem.contains("weight 4") == true)
    var without = full
    without.keeps[4] = false
    let pruned = try Pruner.prune(without, scores: scores, quota: .together(1, layout.prunable))
    #expect(pruned.remaining == 7, "scores of pruned weights do not matter")
  }

  @Test func namesTheLayerThatWouldBeEmptied() throws {
    let layout = try network(6, 5, 2).layout
    var scores = [Float](repeating: 1, count: layout.count)
    for i in layout.prunable[1].range { scores[i] = 0 }
    let problem = #expect(throws: Problem.self) {
      try Pruner.prune(Mask(fullFor: layout), scores: scores, quota: .together(12, layout.prunable))
    }
    #expect(problem?.kind == .failed && problem?.problem.contains("fc2") == true)
    #expect(problem?.remedy.contains("exclude=fc2") == true)
  }

  /// LeNet-300-100 at 20 % a round, 10 % in the output layer: the densities that Frankle & Carbin 2019 print.
  @Test func walksTheLadderOfThePaper() throws {
    let lenet = try ModelCatalog.architecture(
      "lenet-300-100", input: FeatureShape(channels: 1, height: 28, width: 28), classes: 10)
    let layout = lenet.layout
    #expect(layout.count == 266_610 && layout.prunableCount == 266_200)
    var mask = Mask(fullFor: layout), left = layout.prunable.map(\.count), densities: [Int: Double] = [:]
    for round in 1...15 {
      let random = RandomStream(seed: UInt64(round), "test/ladder")
      let scores = (0..<layout.count).map { Float(random.word(at: UInt64($0)) >> 8) }
      let request = AllocationRequest(mask: mask, fraction: 0.2, entries: layout.prunable, factors: ["fc3": 0.5])
      let next = try Pruner.prune(mask, scores: scores, quota: LayerwiseAllocation().quota(request))
      #expect(next.isSubset(of: mask))
      left = zip(left, [0.2, 0.2, 0.1]).map { $0 - rounded($1, $0) }
      #expect(layout.prunable.map { next.remaining(in: $0) } == left)
      mask = next
      densities[round] = (1e4 * mask.density).rounded() / 100
    }
    for (round, density) in [3: 51.28, 7: 21.07, 12: 6.95, 15: 3.58] { #expect(densities[round] == density) }
  }
}

@Suite struct CriterionLawTests {
  static let names =
    CriterionCatalog.all.map { $0.name } + [
      "magnitude:fisher@end", "magnitude-increase:mean-abs@5it", "same-sign-movement", "inverted-snip",
    ]

  @Test(arguments: names)
  func holdsItsLaws(_ name: String) throws {
    let toy = try Toy("mlp:11", inputs: 13, classes: 7), criterion = try CriterionCatalog.criterion(named: name)
    let layout = toy.architecture.layout
    var random = RandomStream(seed: 3, "test/criteria")
    let mask = randomMask(layout, 0.5, &random), context = toy.context(mask: mask)
    let scores = try criterion.scores(context)
    #expect(scores.count == layout.count)
    #expect(scores.allSatisfy { $0.isFinite && $0 > OrderKey.lowest })
    #expect(try scores == criterion.scores(context))
    #expect(try scores == criterion.scores(toy.context(mask: mask, threads: 2, execution: .dense)))
    #expect(name == One.name || Set(layout.prunable.flatMap { Array(scores[$0.range]) }).count > 1)
    #expect(
      criterion.isSigned || layout.prunable.allSatisfy { scores[$0.range].allSatisfy { $0 >= 0 } } || name.contains(":")
    )
  }

  /// Exact counts, whatever the number of passes; what went in a pass stays away unless the criterion regrows.
  @Test(arguments: names, ["global", "layerwise", "erk"])
  func prunesExactly(_ name: String, _ allocation: String) throws {
    let toy = try Toy("mlp:11", inputs: 13, classes: 7), criterion = try CriterionCatalog.criterion(named: name)
    let rule = try AllocationCatalog.allocation(named: allocation), full = Mask(fullFor: toy.architecture.layout)
    for fraction in [0.5, 0.9] {
      let request = AllocationRequest(mask: full, fraction: fraction, entries: full.layout.prunable)
      let mask = try Pruner.prune(request, by: criterion, rule, context: toy.context(), allowsEmptyLayers: true)
      let wanted =
        allocation == LayerwiseAllocation.name
        ? full.layout.prunable.reduce(0) { $0 + Int((fraction * Double($1.count)).rounded()) }
        : Int((fraction * Double(full.remaining)).rounded())
      #expect(full.remaining - mask.remaining == wanted, "\(name), \(allocation), \(fraction)")
      #expect(full.layout.entries.allSatisfy { $0.isPrunable || mask.remaining(in: $0) == $0.count })
    }
  }

  /// A name means what it meant, whatever is installed; Tests/Tutorials installs one of a new name.
  @Test func installingPassesOverKnownNames() throws {
    struct Impostor: Criterion {
      static let name = "magnitude"
      static let summary = "something else"
      let needs = ScoringNeeds.trained
      func scores(_ context: ScoringContext) -> [Float] { [] }
    }
    let names = CriterionCatalog.all.map { $0.name }
    CriterionCatalog.install([Impostor.self])
    #expect(CriterionCatalog.all.map { $0.name } == names)
    #expect(try CriterionCatalog.criterion(named: "magnitude") is Magnitude)
  }

  @Test func namesAreUniqueAndNearOnesAreSuggested() throws {
    #expect(Set(CriterionCatalog.all.map { $0.name }).count == CriterionCatalog.all.count)
    #expect(Set(AllocationCatalog.all.map { $0.name }).count == AllocationCatalog.all.count)
    let criterion = #expect(throws: Problem.self) { try CriterionCatalog.criterion(named: "magnitud") }
    #expect(criterion?.kind == .usage && criterion?.remedy.contains("magnitude") == true)
    let allocation = #expect(throws: Problem.self) { try AllocationCatalog.allocation(named: "layer") }
    #expect(allocation?.kind == .usage && allocation?.remedy.contains("layerwise") == true)
  }
}

@Suite struct MaskControlTests {
  @Test func shufflingKeepsCountsAndMovesPositions() throws {
    let layout = try network(40, 30, 20).layout
    var random = RandomStream(seed: 5, "test/controls")
    let mask = randomMask(layout, 0.3, &random)
    let shuffled = mask.shuffledLayerwise(seed: 1, stream: "a")
    for entry in layout.entries { #expect(shuffled.remaining(in: entry) == mask.remaining(in: entry)) }
    #expect(shuffled != mask)
    #expect(shuffled == mask.shuffledLayerwise(seed: 1, stream: "a"))
    #expect(shuffled != mask.shuffledLayerwise(seed: 2, stream: "a"))
    #expect(shuffled != mask.shuffledLayerwise(seed: 1, stream: "b"))
  }

  @Test func packedBitsRoundTrip() throws {
    for width in 1...9 {
      let layout = try network(3, width).layout
      var random = RandomStream(seed: UInt64(width), "test/bits")
      let mask = randomMask(layout, 0.5, &random)
      #expect(Mask(layout: layout, packedBits: mask.packedBits) == mask)
    }
  }
}
