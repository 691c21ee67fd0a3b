public import Basics
public import Networks
package import Tickets
import Training

extension Insertion.Kind: SettingValue {}

/// A way through the rounds: the growth that is asked about, or what stands beside it.
public enum GrowArm: String, CaseIterable, Codable, Sendable, SettingValue {
  case growth, reset
  case fullDepth = "full-depth"
  case continued = "continue"
  case randomBlock = "random-block"
  case denseGrown = "dense-grown"

  static let controls: [GrowArm] = [.reset, .fullDepth, .continued, .randomBlock, .denseGrown]

  var title: String {
    switch self {
    case .growth: "Growth"
    case .reset: "Reset each round"
    case .fullDepth: "Full depth, not reset"
    case .continued: "Continued, no growth"
    case .randomBlock: "Random block"
    case .denseGrown: "Grown, not pruned"
    }
  }

  /// Whether every round but the first begins with a new block.
  var grows: Bool { self == .growth || self == .randomBlock || self == .denseGrown }
  /// Whether all blocks are there from the start, and pruning takes its share round by round.
  var isDeepFromStart: Bool { self == .reset || self == .fullDepth }
  var prunes: Bool { self != .denseGrown }
}

/// Settings of recursive growth.
public struct GrowSettings: Configurable {
  /// Data, base network and recipe; `recipe.steps` is the length of a round.
  package var search: SearchSettings = {
    var search = SearchSettings()
    search.model = "mlp:128"
    search.rounds = 1
    search.recipe.optimizer = .adam
    search.recipe.learningRate = 1e-3
    search.recipe.steps = .iterations(500)
    search.recipe.evaluateEvery = .iterations(50)
    return search
  }()
  package var rounds = 5
  package var sparsity = 0.95
  package var insert = Insertion.Kind.identity
  /// The node after which every block stands; empty for the last rectifier before the output.
  package var after = ""
  package var prunesEnds = false
  package var fineTuning = Step.epochs(1)
  package var controls = SettingList(GrowArm.controls)

  public init() {}

  public static let fields: [SettingField<GrowSettings>] =
    SearchSettings.fields(
      of: [.data, .network, .training], except: ["steps", "schedule", "warmup", "warmup-start"], in: \.search)
    + ownFields

  private static let ownFields: [SettingField<GrowSettings>] =
    [
      SettingField(
        "steps", \.search.recipe.steps, "optimiser steps of a round",
        valid: (
          "at least 1it and at most 10000ep or 10000000it",
          { $0 != .zero && $0.epochs <= 10_000 && $0.iterations <= 10_000_000 }
        )
      ).main,
      SettingField(
        "rounds", \.rounds, "rounds of training and pruning; each but the first begins with a new block",
        valid: ("from 2 to 50", { (2...50).contains($0) })
      ).main,
      SettingField(
        "sparsity", \.sparsity, "share of a hidden layer's weights that pruning removes",
        valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })
      ).main,
      SettingField("insert", \.insert, "what is inserted: identity, zero-branch, zero-scale or identity-block").main,
      SettingField("after", \.after, "node after which every block stands; empty for the last rectifier").main,
      SettingField("prune-ends", \.prunesEnds, "whether the input and the output layer are pruned as well"),
      SettingField(
        "finetune", \.fineTuning, "steps after the last pruning, the same in every arm; 0it for none",
        valid: ("at most 10000ep or 10000000it", { $0.epochs <= 10_000 && $0.iterations <= 10_000_000 })
      ).main,
      SettingField(
        "controls", \.controls,
        "arms beside growth: \(GrowArm.controls.map(\.rawValue).joined(separator: ", "))",
        valid: (
          "some of \(GrowArm.controls.map(\.rawValue).joined(separator: ",")), each once",
          { !$0.values.contains(.growth) && Set($0.values.map(\.rawValue)).count == $0.values.count }
        )
      ).extent.main,
      SettingField(
        "margin", \.search.margin, "points of accuracy by which a matching ticket may be worse",
        valid: ("from 0 to 100", { (0...100).contains($0) })
      ).extent,
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  /// In one order, growth first.
  var arms: [GrowArm] { [.growth] + GrowArm.controls.filter(controls.values.contains) }
}
