import Basics
import Lanes
import Networks
import Pruning
import Testing

/// Counts per layer against an independent calculation in whole numbers and fractions.
@Suite struct AllocationTests {
  /// Convolutions 3-8-16-32-64 of 3x3 (216, 1152, 4608, 18432 weights) and a linear layer 64-10 (640).
  private func network() throws -> Architecture {
    var result = Architecture(name: "five", input: FeatureShape(channels: 3, height: 8, width: 8))
    for (i, outputs) in [8, 16, 32, 64].enumerated() {
      try result.append("conv\(i + 1)", Convolution(outputs, kernel: 3, padding: 1))
    }
    try result.append("pool", AveragePool())
    try result.append("fc", Linear(10))
    return result
  }

  private func left(_ name: String, _ fraction: Double, _ mask: Mask) throws -> [Int] {
    let request = AllocationRequest(mask: mask, fraction: fraction, entries: mask.layout.prunable)
    let scores = (0..<mask.layout.count).map { Float($0 * 7919 % 10007) }
    let pruned = try Pruner.prune(
      mask, scores: scores, quota: AllocationCatalog.allocation(named: name).quota(request))
    return mask.layout.prunable.map { pruned.remaining(in: $0) }
  }

  /// Density, then what each layer keeps.
  @Test(arguments: [
    ("erk", 0.05, [77, 136, 244, 461, 334]), ("erk", 0.1, [156, 276, 496, 937, 640]),
    ("erk", 0.2, [216, 670, 1206, 2278, 640]), ("erk", 0.5, [216, 1152, 3640, 6876, 640]),
    ("smart-ratio", 0.05, [35, 125, 300, 600, 192]), ("smart-ratio", 0.2, [160, 568, 1363, 2727, 192]),
    ("smart-ratio", 0.5, [216, 1152, 3985, 6979, 192]), ("smart-ratio-vgg", 0.05, [216, 297, 257, 290, 192]),
    ("smart-ratio-vgg", 0.1, [216, 903, 562, 632, 192]), ("smart-ratio-vgg", 0.5, [216, 1152, 4608, 6356, 192]),
    ("uniform-plus", 0.05, [216, 43, 173, 692, 128]), ("uniform-plus", 0.5, [216, 571, 2284, 9136, 317]),
    ("ratios:conv1=0.4,conv2=0.2,conv3=0.1,conv4=0.05,fc=0.5", 0.1, [104, 276, 553, 1106, 384]),
  ])
  func countsAreThoseByHand(_ name: String, _ density: Double, _ counts: [Int]) throws {
    let mask = Mask(fullFor: try network().layout), found = try left(name, 1 - density, mask)
    #expect(found.reduce(0, +) == mask.remaining - Int(((1 - density) * Double(mask.remaining)).rounded()))
    guard !name.hasPrefix("ratios") else {
      // 0.4 to 0.05 and 0.5 hold 86.4 + 230.4 + 460.8 + 921.6 + 320 weights; scaled to 2505.
      let exact = [86.4, 230.4, 460.8, 921.6, 320].map { $0 * 2505 / 2019.2 }
      for (count, value) in zip(found, exact) { #expect(abs(Double(count) - value) <= 1) }
      return
    }
    #expect(found == counts)
  }

  @Test func ratiosOfAMaskGiveItsCountsBack() throws {
    let layout = try network().layout
    var mask = Mask(fullFor: layout), random = RandomStream(seed: 1, "test/ratios")
    for (entry, density) in zip(layout.prunable, [0.9, 0.4, 0.2, 0.05, 0.6]) {
      for i in entry.range { mask.keeps[i] = random.nextUniform() < density }
    }
    let text = layout.prunable.map { "\($0.layer)=\(mask.density(of: $0))" }.joined(separator: ",")
    let full = Mask(fullFor: layout)
    let found = try left("ratios:\(text)", 1 - mask.density, full)
    #expect(found == layout.prunable.map { mask.remaining(in: $0) })
  }

  @Test(arguments: ["ratios:", "ratios:conv1", "ratios:conv1=0", "ratios:conv1=nan", "ratios:conv9=0.5"])
  func refusesRatiosThatSayNothing(_ name: String) throws {
    let mask = Mask(fullFor: try network().layout)
    #expect(throws: Problem.self) { try left(name, 0.5, mask) }
  }

  @Test(arguments: ["smart-ratio", "smart-ratio-vgg", "uniform-plus"])
  func refusesWhatTheSparedLayersForbid(_ name: String) throws {
    let mask = Mask(fullFor: try network().layout)
    let problem = #expect(throws: Problem.self) { try left(name, 0.995, mask) }
    #expect(problem?.kind == .usage)
  }

  @Test func roundsUpToTheTotal() {
    #expect(Apportionment.counts(shares: [1, 1, 1], limits: [9, 9, 9], total: 5) == [2, 2, 1])
    #expect(Apportionment.counts(shares: [1, 1, 1], limits: [1, 9, 9], total: 8) == [1, 4, 3])
    #expect(Apportionment.counts(shares: [100, 1, 1], limits: [3, 2, 1], total: 6) == [3, 2, 1])
    #expect(Apportionment.counts(shares: [0, 1], limits: [5, 3], total: 5) == [2, 3])
  }
}
