public import Basics
public import Experiments
public import Networks
public import Pages

/// A ticket for a deeper network by repeating blocks of a ticket (Chen, Cheng, Wang, Gan, Liu & Wang 2021, "The Elastic
/// Lottery Ticket Hypothesis", arXiv:2103.16547), in place of a search.
///
/// The remainder, where blocks do not come out even, falls to the earliest; the paper does not say where. Copies are equal:
/// no noise is added. An optimiser starts empty, as after rewinding.
public struct Stretch: ElasticExperiment {
  public static let name = "stretch"
  public static let summary = "move a ticket to a deeper network, block by block"
  public static let discussion = """
    Takes a ticket, or finds one for --model first, and copies its blocks into --to. Beside it stand the dense network, \
    iterative pruning of the target itself, one-shot pruning of its rewound weights by magnitude and by SNIP, the mask with \
    new weights, shuffled, and a random mask of the same layer counts.
    """
  public static let example = [
    "data=digits", "model=mlp:24,24,16", "to=mlp:24,24,24,24,16", "steps=2ep", "batch=64", "rounds=2",
  ]

  public struct Settings: ElasticConfigurable {
    public var elastic = ElasticSettings()
    public var order = BlockMap.Order.interpolate
    public var blocks = BlockMap.Choice.all
    public init() {}
    public static let fields: [SettingField<Settings>] =
      ElasticSettings.fields(in: \.elastic) + [
        SettingField(
          "order", \.order, "where copies go: interpolate (behind their block) or append (behind all blocks)"
        ).main,
        SettingField(
          "blocks", \.blocks, "which blocks are copied: all, early or late",
          valid: ("all, early or late", { $0 != .alternate })
        ).main,
      ]
  }

  public let settings: Settings
  public let seeds: [UInt64]
  public init(_ settings: Settings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  public func usualMap(_ source: [Int], to target: [Int]) throws -> BlockMap {
    try .stretching(source, to: target, order: settings.order, choice: settings.blocks)
  }

  public static func document(_ record: Record<ElasticFinding>) -> Document {
    ElasticPage(finding: record.finding).document("stretched", record)
  }
}
