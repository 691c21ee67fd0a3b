import Basics
import Methods
import Testing

/// Counts before anything is trained, against the paper's.
@Suite struct SpiralEnumerationTests {
  @Test func histogramsAreThePapers() {
    #expect(MaskEnumeration(inputs: 2, outputs: 3).counts == [3: 2, 4: 3, 5: 2, 6: 1])
    #expect(MaskEnumeration(inputs: 3, outputs: 3).counts == [3: 1, 4: 9, 5: 18, 6: 16, 7: 9, 8: 3, 9: 1])
    #expect(
      MaskEnumeration(inputs: 2, outputs: 7).counts == [7: 6, 8: 7, 9: 6, 10: 5, 11: 4, 12: 3, 13: 2, 14: 1])
    #expect(MaskEnumeration(inputs: 2, outputs: 3).count == 8)
    #expect(MaskEnumeration(inputs: 3, outputs: 3).count == 57)
    #expect(MaskEnumeration(inputs: 2, outputs: 7).count == 34)
  }

  /// Every mask without a zero row or column, brought into sorted form, is enumerated once.
  @Test(arguments: [(2, 3), (3, 3), (3, 2), (2, 2), (4, 3), (1, 4), (7, 2)])
  func nothingIsLeftOutOrTwice(_ inputs: Int, _ outputs: Int) {
    let bits = inputs * outputs, full: UInt32 = (1 << inputs) - 1
    var wanted: Set<MaskEnumeration.Rows> = []
    for matrix in 0..<UInt32(1 << bits) {
      let rows = (0..<outputs).map { matrix >> UInt32($0 * inputs) & full }
      if !rows.contains(0) && rows.reduce(0, |) == full { wanted.insert(MaskEnumeration.canonical(rows)) }
    }
    let found = MaskEnumeration(inputs: inputs, outputs: outputs).all.flatMap(\.masks)
    #expect(Set(found) == wanted)
    #expect(found.count == wanted.count, "a mask comes twice")
  }

  /// The order of the paper's code, on which "the first three masks" rest.
  @Test func comesInThePapersOrder() {
    #expect(MaskEnumeration(inputs: 2, outputs: 3).masks(ones: 4) == [[3, 2, 2], [3, 2, 1], [3, 1, 1]])
    #expect(MaskEnumeration(inputs: 3, outputs: 2).masks(ones: 3) == [[3, 4], [5, 2], [6, 1]])
  }

  @Test func countsAreThePapers() {
    let plan = SpiralPlan()
    #expect(plan.structureCount() == 24_576)
    #expect(plan.maskCount(SpiralStructure(3, 3, 3)) == 155_952)
    #expect(plan.masks(SpiralStructure(3, 3, 3)).count == 155_952)
    #expect(SpiralPlan().maskCount(SpiralStructure(3, 3, 3)) / 6 == 25_992)
    var repeated = SpiralPlan()
    (repeated.draws, repeated.parametersBelow) = ([0, 1, 2], 20)
    let structures = repeated.structures()
    #expect(structures.count == repeated.structureCount() && Set(structures.map(\.name)).count == structures.count)
    #expect(structures.count % 18 == 0 && structures.allSatisfy { $0.weights < 20 })
    let pruning = plan.pruning().count
    #expect(pruning == 18_954)
    var sparse = SpiralPlan()
    sparse.rates = NumberList([0.05])
    #expect(sparse.maskCount(SpiralStructure(7, 3, 3)) == 3 * 266_004_066)
    sparse.mostMaskWeights = 32
    sparse.masksPerCount = 3
    let restricted = sparse.maskCount(SpiralStructure(7, 3, 3))
    #expect(restricted == 189_624)
    #expect(24_576 + 155_952 + pruning + restricted == 389_106)
  }

  /// Fixed initial weights, at 95 % and at 99.5 %: with the above, 485 838 runs.
  @Test func fixedInitialWeightsCountAsThePapers() {
    func total(
      _ parameters: Int, _ structure: SpiralStructure, _ masks: SpiralPlan, widths: [Int], budgets: [Int]
    ) -> Int {
      var plan = SpiralPlan()
      plan.parametersBelow = parameters
      let structures = plan.structureCount()
      plan.draws = Array(0..<5)
      (plan.widths, plan.budgets) = (SettingList(widths), SettingList(budgets))
      return structures + masks.maskCount(structure) + plan.pruning().count
    }
    var sparse = SpiralPlan()
    sparse.rates = NumberList([0.05])
    sparse.mostMaskWeights = 30
    sparse.masksPerCount = 6
    let lower = total(37, SpiralStructure(3, 2, 2), SpiralPlan(), widths: [3, 16], budgets: Array(15...26))
    let upper = total(
      61, SpiralStructure(6, 3, 2), sparse, widths: [6, 16],
      budgets: [16, 18, 20, 22, 24, 25, 26, 27, 28, 29, 30, 32, 34, 36])
    #expect(lower == 12_774)
    #expect(upper == 83_958)
    #expect(389_106 + lower + upper == 485_838)
  }

  @Test func ordersAndShardsHoldTheSameRuns() {
    var plan = SpiralPlan()
    plan.mostMaskWeights = 10
    let plain = plan.masks(SpiralStructure(3, 3, 3))
    #expect(!plain.isEmpty && Set(plain.map(\.name)).count == plain.count)
    for order in SpiralPlan.Order.allCases {
      plan.order = order
      let runs = plan.masks(SpiralStructure(3, 3, 3))
      #expect(Set(runs) == Set(plain))
      if order == .sparsest { #expect(runs.map(\.weights) == runs.map(\.weights).sorted()) }
      var parts: [SpiralRun] = []
      for shard in 0..<3 {
        var part = plan
        part.shard = SpiralPlan.Shard(shard + 1, of: 3)
        parts += part.masks(SpiralStructure(3, 3, 3))
      }
      #expect(parts.count == plain.count && Set(parts) == Set(plain))
    }
  }
}
