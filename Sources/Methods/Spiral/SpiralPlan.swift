package import Basics
import Lanes

/// Which runs a search or the pruning arms make, counted before any is trained.
package struct SpiralPlan: Equatable, Sendable {
  package enum Algorithm: String, CaseIterable, SettingValue {
    /// All networks of a phase.
    case enumerate
    /// Starts by successive halving, then one weight less at a time.
    case descent
    /// Pruning methods at many widths.
    case prune
    /// Nothing is trained: what is there is shown.
    case none
  }

  package enum Order: String, CaseIterable, SettingValue {
    /// As masks are enumerated, all combinations of a mask one after the other.
    case enumeration
    /// Fewest weights first.
    case sparsest
    case random
  }

  /// One part of several that share the runs.
  package struct Shard: SettingValue {
    package var number: Int
    package var of: Int

    package init(_ number: Int, of count: Int) { (self.number, of) = (number, count) }

    package init?(setting text: String) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
      guard parts.count == 2, 1 <= parts[0], parts[0] <= parts[1], parts[1] <= 100_000 else { return nil }
      self.init(parts[0], of: parts[1])
    }

    package var settingText: String { "\(number)/\(of)" }
    package static var settingForm: String { "a part such as 2/8, the second of eight" }
  }

  package var algorithm = Algorithm.enumerate
  /// 1: all structures; 2: all masks within one.
  package var phase = 1
  /// Of phase 2 and of a descent; `nil` for the smallest of phase 1 that reaches the target.
  package var structure: SpiralStructure?
  /// Structures with fewer parameters, biases among them, than this.
  package var parametersBelow: Int?
  /// Masks with at most this many weights in the first three layers.
  package var mostMaskWeights: Int?
  /// Of the second layer's masks with the same number of weights, only the first so many.
  package var masksPerCount: Int?
  package var starts = 100
  package var beam = 20
  package var methods = SettingList(SpiralMethod.allCases)
  package var widths = SettingList([3, 4, 5, 6, 7, 8, 16, 32, 64, 128, 256])
  package var budgets = SettingList(Array(15...26) + [30, 33, 37, 40, 44, 50, 53, 55, 57, 60, 65])
  /// Those of the paper if none are named.
  package var rates = NumberList()
  package var schedules = SettingList(SpiralSchedule.allCases)
  /// Numbers of the repetitions of every run, which differ in their random weights: the seeds of the experiment.
  package var draws = [0]
  package var order = Order.enumeration
  /// No more runs than this now.
  package var budget: Int?
  package var shard: Shard?

  package init() {}

  /// The table that the runs go to.
  package var table: String { shard.map { "runs-\($0.number)-of-\($0.of)" } ?? "runs" }

  /// Whether it makes masks within one structure.
  package var isWithinStructure: Bool { algorithm == .descent || algorithm == .enumerate && phase == 2 }

  private func combinations(_ usual: [Double]) -> [SpiralCombination] {
    SpiralCombination.all(
      rates: rates.values.isEmpty ? usual : rates.values,
      schedules: SpiralSchedule.allCases.filter(schedules.values.contains))
  }

  /// Those of searches.
  package var combinations: [SpiralCombination] { combinations(SpiralCombination.searchRates) }

  private func repeated(_ network: SpiralRun.Network, _ combinations: [SpiralCombination]) -> [SpiralRun] {
    combinations.flatMap { combination in draws.map { SpiralRun(network, combination, draw: $0) } }
  }

  // MARK: searches

  private var chosenStructures: [SpiralStructure] {
    SpiralStructure.all.filter { $0.parameters < parametersBelow ?? .max }
  }

  /// Phase 1: all structures of up to 16 units a layer.
  package func structures() -> [SpiralRun] {
    arranged(chosenStructures.flatMap { repeated(.dense($0), combinations) })
  }

  package func structureCount() -> Int { chosenStructures.count * combinations.count * draws.count }

  private func layers(_ structure: SpiralStructure) -> [[(ones: Int, masks: [MaskEnumeration.Rows])]] {
    let sizes = [2] + structure.units
    return (0..<3).map { layer in
      MaskEnumeration(inputs: sizes[layer], outputs: sizes[layer + 1]).all.map {
        ($0.ones, layer == 1 ? Array($0.masks.prefix(masksPerCount ?? .max)) : $0.masks)
      }
    }
  }

  /// Calls `body` with the masks of the three layers that have numbers of weights within the limit.
  private func forEachCount(
    _ structure: SpiralStructure,
    _ body: ([MaskEnumeration.Rows], [MaskEnumeration.Rows], [MaskEnumeration.Rows]) -> Void
  ) {
    let layers = layers(structure), most = mostMaskWeights ?? .max
    for (n1, first) in layers[0] {
      for (n2, second) in layers[1] {
        for (n3, third) in layers[2] where n1 + n2 + n3 <= most { body(first, second, third) }
      }
    }
  }

  /// Phase 2: all masks within a structure; its classifier stays dense.
  package func masks(_ structure: SpiralStructure) -> [SpiralRun] {
    let combinations = combinations
    var runs: [SpiralRun] = []
    forEachCount(structure) { first, second, third in
      for a in first {
        for b in second {
          for c in third { runs += repeated(.masked(structure, [a, b, c]), combinations) }
        }
      }
    }
    return arranged(runs)
  }

  /// How many runs phase 2 has, by products of the layers' counts.
  package func maskCount(_ structure: SpiralStructure) -> Int {
    var total = 0
    forEachCount(structure) { total += $0.count * $1.count * $2.count }
    return total * combinations.count * draws.count
  }

  // MARK: pruning

  /// All methods at all widths and budgets below the dense network's weights.
  package func pruning() -> [SpiralRun] {
    let combinations = combinations(SpiralCombination.pruningRates)
    return arranged(
      methods.values.flatMap { method in
        widths.values.flatMap { width in
          budgets.values.filter { $0 < 3 * width + 2 * width * width }.flatMap {
            repeated(.pruned(method, width: width, weights: $0), combinations)
          }
        }
      })
  }

  // MARK: order

  private func arranged(_ runs: [SpiralRun]) -> [SpiralRun] {
    var runs = runs
    switch order {
    case .enumeration: break
    case .sparsest:
      let weights = runs.map(\.weights)
      runs = runs.indices.sorted { (weights[$0], $0) < (weights[$1], $1) }.map { runs[$0] }
    case .random:
      var random = RandomStream(seed: 0, "spiral-order")
      random.shuffle(&runs)
    }
    guard let shard else { return runs }
    return runs.enumerated().filter { $0.offset % shard.of == shard.number - 1 }.map(\.element)
  }
}
