import Lanes

/// Which runs a search or the pruning arms make, counted before any is trained.
public struct SpiralPlan: Sendable {
  public enum Order: String, CaseIterable, Sendable {
    /// As masks are enumerated, all combinations of a mask one after the other.
    case enumeration
    /// Fewest weights first.
    case sparsest
    case random
  }

  public var combinations = SpiralCombination.search
  /// Masks with at most this many weights in the first three layers.
  public var mostMaskWeights = Int.max
  /// Of the second layer's masks with the same number of weights, only the first so many.
  public var masksPerCount = Int.max
  /// Structures with fewer parameters, biases among them, than this.
  public var parametersBelow = Int.max
  /// Repetitions of every run that differ in their random weights.
  public var draws = 1
  public var order = Order.enumeration
  /// Part `shard` of `shards`: every so manieth run.
  public var shard = 0
  public var shards = 1

  public init() {}

  /// Phase 1: all structures of up to 16 units a layer.
  public func structures() -> [SpiralRun] {
    let structures = SpiralStructure.all.filter { $0.parameters < parametersBelow }
    return arranged(structures.flatMap { repeated(.dense($0)) })
  }

  public func structureCount() -> Int {
    SpiralStructure.all.count { $0.parameters < parametersBelow } * combinations.count * draws
  }

  private func layers(_ structure: SpiralStructure) -> [[(ones: Int, masks: [MaskEnumeration.Rows])]] {
    let sizes = [2] + structure.units
    return (0..<3).map { layer in
      MaskEnumeration(inputs: sizes[layer], outputs: sizes[layer + 1]).all.map {
        ($0.ones, layer == 1 ? Array($0.masks.prefix(masksPerCount)) : $0.masks)
      }
    }
  }

  /// Phase 2: all masks within a structure; its classifier stays dense.
  public func masks(_ structure: SpiralStructure) -> [SpiralRun] {
    let layers = layers(structure)
    var runs: [SpiralRun] = []
    for (n1, first) in layers[0] {
      for (n2, second) in layers[1] {
        for (n3, third) in layers[2] where n1 + n2 + n3 <= mostMaskWeights {
          for a in first {
            for b in second {
              for c in third { runs += repeated(.masked(structure, [a, b, c])) }
            }
          }
        }
      }
    }
    return arranged(runs)
  }

  /// How many runs phase 2 has, by products of the layers' counts.
  public func maskCount(_ structure: SpiralStructure) -> Int {
    let layers = layers(structure)
    var total = 0
    for first in layers[0] {
      for second in layers[1] {
        for third in layers[2] where first.ones + second.ones + third.ones <= mostMaskWeights {
          total += first.masks.count * second.masks.count * third.masks.count
        }
      }
    }
    return total * combinations.count * draws
  }

  private func repeated(_ network: SpiralRun.Network) -> [SpiralRun] {
    combinations.flatMap { combination in (0..<draws).map { SpiralRun(network, combination, draw: $0) } }
  }

  // MARK: pruning

  public static let widths = [3, 4, 5, 6, 7, 8, 16, 32, 64, 128, 256]
  public static let budgets = Array(15...26) + [30, 33, 37, 40, 44, 50, 53, 55, 57, 60, 65]

  /// All methods at all widths and budgets below the dense network's weights.
  public func pruning(
    methods: [SpiralMethod] = SpiralMethod.allCases, widths: [Int] = widths, budgets: [Int] = budgets
  ) -> [SpiralRun] {
    arranged(
      methods.flatMap { method in
        widths.flatMap { width in
          budgets.filter { $0 < 3 * width + 2 * width * width }.flatMap {
            repeated(.pruned(method, width: width, weights: $0))
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
    return shards == 1 ? runs : runs.enumerated().filter { $0.offset % shards == shard }.map(\.element)
  }
}
