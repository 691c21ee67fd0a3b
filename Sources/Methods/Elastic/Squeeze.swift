public import Basics
public import Experiments
public import Networks
public import Pages

/// A ticket for a shallower network by dropping blocks of a ticket (Chen et al. 2021, arXiv:2103.16547), in place of a
/// search. Dropping all early blocks is what the paper warns of.
public struct Squeeze: ElasticExperiment {
  public static let name = "squeeze"
  public static let summary = "move a ticket to a shallower network"
  public static let discussion = """
    Takes a ticket, or finds one for --model first, and drops blocks until it fits --to. What stands beside it is that of \
    tombola stretch.
    """
  public static let example = [
    "data=digits", "model=mlp:24,24,24,16", "to=mlp:24,24,16", "steps=2ep", "batch=64", "rounds=2",
  ]

  public struct Settings: ElasticConfigurable {
    public var elastic = ElasticSettings()
    public var drop = BlockMap.Choice.alternate
    public init() {}
    public static let fields: [SettingField<Settings>] =
      ElasticSettings.fields(in: \.elastic) + [
        SettingField(
          "drop", \.drop, "which blocks are dropped: alternate, early or late",
          valid: ("alternate, early or late", { $0 != .all })
        ).main
      ]
  }

  public let settings: Settings
  public let seeds: [UInt64]
  public init(_ settings: Settings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  public func usualMap(_ source: [Int], to target: [Int]) throws -> BlockMap {
    try .squeezing(source, to: target, choice: settings.drop)
  }

  public static func document(_ record: Record<ElasticFinding>) -> Document {
    ElasticPage(finding: record.finding).document("squeezed", record)
  }
}
